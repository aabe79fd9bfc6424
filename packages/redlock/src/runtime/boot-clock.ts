/**
 * The time that the machine spent suspended, from its uptime. Only the uptime counts it, and only where it is good
 * enough: it is whole seconds in Bun, in Deno and in some containers, is missing without a permission, and can jump. So
 * how exact it is gets measured, and what it says is believed only beyond that.
 */

/** Linux tells it in hundredths of a second. */
const FINEST_STEP_MS = 10;
const WHOLE_SECOND_MS = 1_000;

/** What the wall clock's whole milliseconds and its slewing come to between two readings. */
const WALL_TOLERANCE_MS = 5;

/** Between the readings of two clocks no more may pass, or they are not of one moment. */
const ONE_MOMENT_MS = 2;

interface Reading {
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly uptimeMs: number;
}

export class BootClock {
  readonly #uptimeSeconds: () => number;
  readonly #monotonicMs: () => number;
  #last: Reading | undefined;
  /** How much of the suspended time is known of; the boot clock is this far ahead of the monotonic clock. */
  #suspendedMs = 0;
  /** By how much two readings may be wrong together. Whole seconds until a reading shows a part of one. */
  #stepMs = WHOLE_SECOND_MS;
  #isMissing = false;

  constructor(uptimeSeconds: () => number, monotonicMs: () => number) {
    this.#uptimeSeconds = uptimeSeconds;
    this.#monotonicMs = monotonicMs;
  }

  /** Milliseconds that have passed, suspended or not, since any fixed moment. The others were read just before. */
  read(monotonicMs: number, wallMs: number): number {
    if (!this.#isMissing) this.#measure(monotonicMs, wallMs);
    return monotonicMs + this.#suspendedMs;
  }

  #measure(monotonicMs: number, wallMs: number): void {
    let uptimeMs: number;
    try {
      uptimeMs = this.#uptimeSeconds() * 1_000;
    } catch {
      this.#isMissing = true;
      return;
    }
    // This thread stood still between the readings.
    if (this.#monotonicMs() - monotonicMs > ONE_MOMENT_MS) return;
    if (this.#stepMs === WHOLE_SECOND_MS && uptimeMs % 1_000 !== 0) this.#stepMs = FINEST_STEP_MS;
    const last = this.#last;
    if (last === undefined) {
      this.#last = { monotonicMs, wallMs, uptimeMs };
      return;
    }
    const aheadMs = uptimeMs - last.uptimeMs - (monotonicMs - last.monotonicMs);
    if (Math.abs(aheadMs) <= this.#stepMs) return;
    const wallAheadMs = wallMs - last.wallMs - (monotonicMs - last.monotonicMs);
    this.#last = { monotonicMs, wallMs, uptimeMs };
    // A suspend moves the wall clock too. Where that has gone on as if nothing were, or the uptime went back, it jumps.
    if (aheadMs < 0 || Math.abs(wallAheadMs) <= WALL_TOLERANCE_MS)
      this.#stepMs = Math.max(this.#stepMs, Math.abs(aheadMs));
    // Up to a step may have been swallowed: nobody may hold a lock on it.
    else this.#suspendedMs += aheadMs + this.#stepMs;
  }
}
