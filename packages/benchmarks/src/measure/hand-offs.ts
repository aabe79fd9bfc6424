/** What the processes of one contest tell, put together: who got it how often, how long they waited, whether they met. */
import type { ContendReport } from "../driver/order.ts";
import { jainIndex } from "./fairness.ts";
import { countOverlaps, mostAtOnce } from "./overlap.ts";

export interface HandOffs {
  /** Within the time; what comes before is warm-up, and after it a grace to end the waiting. */
  readonly count: number;
  /** Those that ended within the time, also when they began before. Who still waits at the end has waited so long at least: leaving it out would make the one that starved look best. */
  readonly waitsMs: readonly number[];
  readonly jainIndex: number;
  /** Holds that began before an earlier one had ended; of permits, before one of as many as there are had. */
  readonly overlapCount: number;
  readonly mostAtOnce: number;
}

/** Of the clock that the processes share. */
export interface Time {
  readonly startAtMs: number;
  readonly endAtMs: number;
}

/** What happened within a time; whether any two met, always. `permits`: how many may. */
export function readHandOffs(reports: readonly ContendReport[], time: Time, permits: number = 1): HandOffs {
  const counts = reports.map((report) => waitsOf(report, time).length);
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    waitsMs: reports.flatMap((report) => [...waitsOf(report, time), ...waitAtEnd(report, time)]),
    jainIndex: jainIndex(counts),
    overlapCount: countOverlaps(reports.map(holdsOf), permits),
    mostAtOnce: mostAtOnce(reports.map(holdsOf)),
  };
}

/** Of what was got within the time. */
function waitsOf({ moments }: ContendReport, { startAtMs, endAtMs }: Time): number[] {
  const waits: number[] = [];
  for (let at = 0; at < moments.length; at += 3) {
    const enteredAtMs = moments[at + 1]!;
    if (enteredAtMs >= startAtMs && enteredAtMs < endAtMs) waits.push(enteredAtMs - moments[at]!);
  }
  return waits;
}

function waitAtEnd({ waitingSinceMs }: ContendReport, { endAtMs }: Time): number[] {
  return waitingSinceMs > 0 ? [endAtMs - waitingSinceMs] : [];
}

/** entered, left. */
function holdsOf({ moments }: ContendReport): Float64Array {
  return moments.filter((_moment, at) => at % 3 !== 0);
}
