/** What happens to locks, as their users see it: one record per event, plain data, so that it can be one JSON line. */

/** One moment on two clocks, in milliseconds. */
export interface Moment {
  /** Comparable between processes of one machine; its zero means nothing. */
  readonly monotonicMs: number;
  readonly wallMs: number;
}

interface EventBase extends Moment {
  /** Who: unique in the whole history. */
  readonly holder: string;
}

/** An attempt is one call of acquire: from its beginning to its lock or its error. */
interface AttemptEvent extends EventBase {
  /** Unique in the whole history; the same in all events of one attempt and of the lock it won. */
  readonly attempt: string;
  readonly resources: readonly string[];
  /** Which of them were asked for with others who share them; none where it is left out. */
  readonly shared?: readonly string[];
  /** How many permits the caller says that there are, where it asked for some. */
  readonly permits?: number;
}

/** acquire was called. */
export interface Attempted extends AttemptEvent {
  readonly kind: "attempted";
}

/** acquire ended without a lock. */
export interface Refused extends AttemptEvent {
  readonly kind: "refused";
  /** An error's code or message. */
  readonly reason: string;
}

interface LockEvent extends AttemptEvent {
  readonly token: string;
  readonly fencingToken: number | undefined;
  /** Until when the holder believes that it holds, on the monotonic clock; in the past when it does so no more. */
  readonly validUntilMs: number;
}

/** acquire returned a lock. */
export interface Granted extends LockEvent {
  readonly kind: "granted";
  readonly ttlMs: number;
  /** Of permits, which numbers. */
  readonly numbers?: readonly number[];
}

/** The holder called `share()`: from this moment on it is a reader among others. */
export interface Shared extends LockEvent {
  readonly kind: "shared";
}

/** The holder saw that its lock lives longer. */
export interface Extended extends LockEvent {
  readonly kind: "extended";
  readonly ttlMs: number;
}

/** The holder was told, or found out, that its lock is lost. */
export interface Lost extends LockEvent {
  readonly kind: "lost";
}

/** The holder asked for the release; from this moment it does not hold the lock. */
export interface Released extends LockEvent {
  readonly kind: "released";
}

/** The holder's process was killed: it tells nothing any more, and does nothing any more. */
export interface Died extends EventBase {
  readonly kind: "died";
}

/** Somebody looked at a node when all was quiet, and saw these lock keys. */
export interface Inspected extends Moment {
  readonly kind: "inspected";
  readonly node: number;
  readonly found: readonly { readonly resource: string; readonly token: string }[];
}

/** From here on nothing good is promised: a majority is away. */
export interface Disturbed extends Moment {
  readonly kind: "disturbed";
  readonly cause: string;
}

/** All faults are over. */
export interface Calmed extends Moment {
  readonly kind: "calmed";
}

/** One line of a history. */
export type HistoryEvent =
  | Attempted
  | Refused
  | Granted
  | Shared
  | Extended
  | Lost
  | Released
  | Died
  | Inspected
  | Disturbed
  | Calmed;
