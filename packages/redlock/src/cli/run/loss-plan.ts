/**
 * When the command must be gone. The loss is told a margin before the lock's validity ends: SIGTERM then, SIGKILL after
 * the grace, and both before anybody else can hold the lock. So the margin must hold the grace.
 */
import type { ClockReading } from "../../core/validity.ts";
import { elapsedMs } from "../../core/validity.ts";

/** Between SIGKILL and the end of validity: for a late timer, and for the system to end the processes. */
const KILL_ROOM_MS = 250;

export interface LossPlan {
  /** For the lock: how long before the end of validity the loss is told. */
  readonly safetyMarginMs: number;
  /** From SIGTERM to SIGKILL; less than was asked for where the TTL has no room for it. */
  readonly graceMs: number;
}

/** At most half of the TTL is margin: the other half is there to extend in. */
export function planLoss(ttlMs: number, graceMs: number): LossPlan {
  const roomMs = Math.min(KILL_ROOM_MS, ttlMs / 10);
  const safetyMarginMs = Math.floor(Math.min(graceMs + roomMs, ttlMs / 2));
  return { safetyMarginMs, graceMs: Math.max(0, Math.floor(Math.min(graceMs, safetyMarginMs - roomMs))) };
}

/** The end of validity as it was last known, so that it can be told after the lock is lost. */
export class ValidityRecord {
  #knownAt: ClockReading | undefined;
  #remainingMs = 0;

  note(remainingMs: number, now: ClockReading): void {
    this.#knownAt = now;
    this.#remainingMs = remainingMs;
  }

  /** By three clocks, so that a suspended machine does not believe that no time has passed. */
  remainingMs(now: ClockReading): number {
    return this.#knownAt === undefined ? 0 : Math.max(0, this.#remainingMs - elapsedMs(this.#knownAt, now));
  }
}
