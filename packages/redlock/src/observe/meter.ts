/** Counts what happens, always: an increment each, and no object. `metrics.ts` makes a snapshot of it when asked. */
import type { RedlockErrorCode } from "../errors/errors.ts";
import { Histogram } from "./histogram.ts";

/** Why a round was not won. */
export type RoundFailedReason = "held" | "stale" | "unavailable" | "too-late";

/** Why an acquire call ended without a lock: an error's code, or the caller's own abort. */
export type FailureCode = RedlockErrorCode | "ABORTED";

export class Meter {
  acquiredCount = 0;
  extendedCount = 0;
  extendFailedCount = 0;
  lostCount = 0;
  releasedCount = 0;
  releaseFailedCount = 0;
  /** From the call to the lock, waiting included. */
  readonly acquireDuration: Histogram = new Histogram();
  readonly heldDuration: Histogram = new Histogram();
  readonly failedRoundCounts: Record<RoundFailedReason, number> = { held: 0, stale: 0, unavailable: 0, "too-late": 0 };
  readonly failedCounts: Map<FailureCode, number> = new Map();
  readonly warningCounts: Map<string, number> = new Map();
  /** By node index. */
  readonly downCounts: number[] = [];
  readonly quarantinedCounts: number[] = [];

  acquired(elapsedMs: number): void {
    this.acquiredCount++;
    this.acquireDuration.note(elapsedMs);
  }

  roundFailed(reason: RoundFailedReason): void {
    this.failedRoundCounts[reason]++;
  }

  /** An acquire call that ended without a lock, after however many failed rounds. */
  failed(code: FailureCode): void {
    countIn(this.failedCounts, code);
  }

  extended(): void {
    this.extendedCount++;
  }

  extendFailed(): void {
    this.extendFailedCount++;
  }

  lost(): void {
    this.lostCount++;
  }

  released(heldMs: number): void {
    this.releasedCount++;
    this.heldDuration.note(heldMs);
  }

  releaseFailed(): void {
    this.releaseFailedCount++;
  }

  nodeDown(index: number): void {
    this.downCounts[index] = (this.downCounts[index] ?? 0) + 1;
  }

  nodeQuarantined(index: number): void {
    this.quarantinedCounts[index] = (this.quarantinedCounts[index] ?? 0) + 1;
  }

  warned(code: string): void {
    countIn(this.warningCounts, code);
  }
}

function countIn<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
