/**
 * The intervals behind the events: from when to when each lock was held, for the holder and in truth.
 *
 * A lock begins to be held when acquire returns it. It ends with the first of: the release was asked for, the loss was
 * told, its validity was over. The last two are not the same: a process that was paused is told late, and has not
 * held the lock in between; that it may have acted is what fencing tokens are for.
 */
import type { Attempted, Extended, Granted, HistoryEvent, Lost, Released, Shared } from "./event.ts";

/** One lock from its grant to its end, all times on the monotonic clock in milliseconds. */
export interface Hold {
  readonly holder: string;
  readonly token: string;
  readonly fencingToken: number | undefined;
  readonly resources: readonly string[];
  /** Which of them it shared with others from the beginning. */
  readonly shared: readonly string[];
  /** When it called `share()`, and so shared all of them; Infinity where it did not. */
  readonly sharedFromMs: number;
  /** Of permits, which numbers, and of how many, where its holder has said it (who adopted it has not); `undefined` otherwise. */
  readonly permits: { readonly numbers: readonly number[]; readonly of: number | undefined } | undefined;
  readonly attemptedAtMs: number;
  readonly grantedAtMs: number;
  /** When it ended; `grantedAtMs` at the least. */
  readonly endedAtMs: number;
  readonly releasedAtMs: number | undefined;
  /** When the holder was told of the loss. */
  readonly lostAtMs: number | undefined;
  /**
   * No node may keep a key of this lock for longer: an extension that failed may have lengthened the keys of a
   * minority until the last moment of validity.
   */
  readonly keysUntilMs: number;
  /** The events it was read from, in order. */
  readonly events: readonly HistoryEvent[];
}

type OwnEvent = Attempted | Granted | Shared | Extended | Lost | Released;

/** The locks that were granted, in the order of their grants. */
export function holdsOf(events: readonly HistoryEvent[]): Hold[] {
  const byAttempt = new Map<string, OwnEvent[]>();
  for (const event of events) {
    if (!("attempt" in event) || event.kind === "refused") continue;
    const own = byAttempt.get(event.attempt);
    if (own === undefined) byAttempt.set(event.attempt, [event]);
    else own.push(event);
  }
  const holds = [...byAttempt.values()].map(readHold).filter((hold) => hold !== undefined);
  return holds.sort((a, b) => a.grantedAtMs - b.grantedAtMs);
}

/** `undefined` when the attempt won no lock. */
function readHold(events: readonly OwnEvent[]): Hold | undefined {
  const granted = events.find((event) => event.kind === "granted");
  if (granted === undefined) return undefined;
  const attemptedAtMs = events.find((event) => event.kind === "attempted")?.monotonicMs ?? granted.monotonicMs;
  const releasedAtMs = events.find((event) => event.kind === "released")?.monotonicMs;
  const lostAtMs = events.find((event) => event.kind === "lost")?.monotonicMs;
  const sharedFromMs = events.find((event) => event.kind === "shared")?.monotonicMs ?? Infinity;
  const { numbers } = granted;
  let validUntilMs = granted.validUntilMs;
  let ttlMs = granted.ttlMs;
  for (const event of events) {
    if (event.kind === "attempted") continue;
    validUntilMs = Math.max(validUntilMs, event.validUntilMs);
    if (event.kind === "extended") ttlMs = Math.max(ttlMs, event.ttlMs);
  }
  const endedAtMs = Math.min(validUntilMs, releasedAtMs ?? Infinity, lostAtMs ?? Infinity);
  return {
    holder: granted.holder,
    token: granted.token,
    fencingToken: granted.fencingToken,
    resources: granted.resources,
    shared: granted.shared ?? [],
    sharedFromMs,
    permits: numbers === undefined ? undefined : { numbers, of: granted.permits },
    attemptedAtMs,
    grantedAtMs: granted.monotonicMs,
    endedAtMs: Math.max(granted.monotonicMs, endedAtMs),
    releasedAtMs,
    lostAtMs,
    keysUntilMs: validUntilMs + ttlMs,
    events,
  };
}

/** The same holds by resource; a lock of several resources is in each one's list. */
export function holdsByResource(events: readonly HistoryEvent[]): Map<string, Hold[]> {
  const byResource = new Map<string, Hold[]>();
  for (const hold of holdsOf(events)) {
    for (const resource of hold.resources) {
      const holds = byResource.get(resource);
      if (holds === undefined) byResource.set(resource, [hold]);
      else holds.push(hold);
    }
  }
  return byResource;
}
