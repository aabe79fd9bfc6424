/**
 * What can go wrong, each with a `code` that never changes and every node's vote as evidence. The message alone tells
 * an operator which nodes said what, and what to do about it.
 */
import type { LockMode, Unknown } from "../core/vote.ts";

/** One node's part in the round that an error reports. */
export interface NodeVote {
  /** The node's address, without password. */
  readonly node: string;
  readonly outcome: "granted" | "refused" | "unknown";
  /** "held", "stale", "lost", or why nothing is known; "" when granted. */
  readonly reason: "" | "held" | "stale" | "lost" | Unknown["reason"];
  /** For people: how long a resource stays held, a client's or node's own words. */
  readonly detail: string;
  /** From the round's start to this vote, in milliseconds; of a grant, and where no vote came, to the round's end. */
  readonly elapsedMs: number;
}

/** One per kind of failure. A code never changes its meaning; new ones may come. */
export type RedlockErrorCode =
  | "RESOURCE_LOCKED"
  | "QUORUM_UNAVAILABLE"
  | "TOO_LATE"
  | "LOCK_LOST"
  | "HANDED_OVER"
  | "NOT_INDEPENDENT"
  | "WOULD_WAIT_FOR_ITSELF"
  | "CLOSED";

/**
 * Why a lock was lost before it was released.
 *
 * - not-extended: `autoExtend` is off, and the holder did not extend it in time.
 * - no-quorum: too few nodes confirmed the extension.
 * - max-hold: it was held for `maxHoldMs`.
 * - process-stopped: this process did not run when the extension was due.
 * - keys-gone: nodes answered that its keys are gone or another holder's, and too few still have them.
 * - handed-over: another process took it over.
 */
export type LostReason = "not-extended" | "no-quorum" | "max-hold" | "process-stopped" | "keys-gone";

/** The evidence that an error carries; `cause` is the first error that a node or its client gave. */
export interface RedlockErrorDetails {
  readonly resources: readonly string[];
  readonly votes: readonly NodeVote[];
  readonly cause?: unknown;
}

/** What every error of this library extends. */
export class RedlockError extends Error {
  /** Stable across versions: switch on this, not on the message. */
  readonly code: RedlockErrorCode;
  readonly resources: readonly string[];
  /** The last round's votes; empty where no round was made. */
  readonly votes: readonly NodeVote[];

  constructor(code: RedlockErrorCode, message: string, details: RedlockErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.resources = details.resources;
    this.votes = details.votes;
  }
}

/** Another holder has a resource, or another waiter is first in line. Nothing is left behind in Redis. */
export class ResourceLockedError extends RedlockError {
  /** The resource that most nodes reported as held. */
  readonly lockedResource: string;
  /**
   * In how long it ends by itself on enough nodes, if the holder does not extend it; Infinity when it never does. Where it is free,
   * for how long it is kept for the first in line; 0 where others of this process try before.
   */
  readonly remainingMs: number;
  /** The label of the holder that keeps the caller out; `undefined` where there is none, or it has no label. */
  readonly label: string | undefined;
  /** How it is held by who keeps the caller out; `undefined` where it is free, or that is not known. */
  readonly mode: LockMode | undefined;

  constructor(
    message: string,
    details: RedlockErrorDetails,
    lockedResource: string,
    remainingMs: number,
    label?: string,
    mode?: LockMode,
  ) {
    super("RESOURCE_LOCKED", message, details);
    this.lockedResource = lockedResource;
    this.remainingMs = remainingMs;
    this.label = label;
    this.mode = mode;
  }
}

/**
 * Fewer nodes than a quorum could vote (code QUORUM_UNAVAILABLE), or enough of them did, but too late to leave any
 * validity (TOO_LATE). What was granted has been rolled back on every node that could be reached; elsewhere it is rolled
 * back when the node is back, or ends by its TTL.
 */
export class QuorumUnavailableError extends RedlockError {
  constructor(
    message: string,
    details: RedlockErrorDetails,
    code: "QUORUM_UNAVAILABLE" | "TOO_LATE" = "QUORUM_UNAVAILABLE",
  ) {
    super(code, message, details);
  }
}

/**
 * The lock can no longer be proved to be held: stop writing. The reason of `lock.signal`, thrown by `assertHeld()` and
 * `extend()`.
 */
export class LockLostError extends RedlockError {
  constructor(message: string, details: RedlockErrorDetails) {
    super("LOCK_LOST", message, details);
  }
}

/**
 * The lock was given away by `handOver()`: it lives on, and its adopter holds it. The reason of `lock.signal` then;
 * thrown by `assertHeld()` and `extend()`.
 */
export class LockHandedOverError extends RedlockError {
  constructor(message: string, details: RedlockErrorDetails) {
    super("HANDED_OVER", message, details);
  }
}

/** Two entries are one server, or an entry is a replica: a majority of these nodes would prove nothing. */
export class NotIndependentError extends RedlockError {
  constructor(message: string, details: RedlockErrorDetails) {
    super("NOT_INDEPENDENT", message, details);
  }
}

// Not after the classes: a minifier renames those. Not in the constructor: the stack's first line is written before.
for (const [name, { prototype }] of Object.entries({
  RedlockError,
  ResourceLockedError,
  QuorumUnavailableError,
  LockLostError,
  LockHandedOverError,
  NotIndependentError,
})) {
  Object.defineProperty(prototype, "name", { value: name, configurable: true, writable: true });
}
