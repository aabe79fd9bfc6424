/** What is known of a lock beyond its plain data. A lock made by hand has none. */
import type { Holding } from "../core/holding.ts";
import type { ClockReading } from "../core/validity.ts";

/** Handed on from lock to lock by `extend`. */
export interface Hold {
  readonly holding: Holding;
  /** 0 without fencing. */
  readonly fence: number;
  longestTtlMs: number;
}

/** A compat lock: it is known by its identity. */
type Handle = { readonly expiration: number };

const holds = new WeakMap<Handle, Hold>();

export function keepHold(lock: Handle, hold: Hold): void {
  holds.set(lock, hold);
}

export function holdOf(lock: Handle): Hold | undefined {
  return holds.get(lock);
}

/** What is left of it, by its own expiration and by what its nodes said; 0 or less when it is over. */
export function leftMs(lock: Handle, now: ClockReading): number {
  const hold = holds.get(lock);
  const untilExpirationMs = lock.expiration - now.wallMs;
  return hold === undefined ? untilExpirationMs : Math.min(untilExpirationMs, hold.holding.remainingMs(now));
}
