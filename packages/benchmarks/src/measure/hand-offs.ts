/** What the processes of one contest tell, put together: who got it how often, how long they waited, whether they met. */
import type { ContendReport } from "../driver/order.ts";
import { jainIndex } from "./fairness.ts";
import { countOverlaps } from "./overlap.ts";

export interface HandOffs {
  /** Within the time; what comes in the grace after it only ends the waiting. */
  readonly count: number;
  /** Who still waits at the end has waited so long at least: leaving it out would make the one that starved look best. */
  readonly waitsMs: readonly number[];
  readonly jainIndex: number;
  /** Holds that began before an earlier one had ended. */
  readonly overlapCount: number;
}

/** `endAtMs`: of the clock that the processes share. */
export function readHandOffs(reports: readonly ContendReport[], endAtMs: number): HandOffs {
  const counts = reports.map((report) => countOf(report, endAtMs));
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    waitsMs: reports.flatMap((report) => waitsOf(report, endAtMs)),
    jainIndex: jainIndex(counts),
    overlapCount: countOverlaps(reports.map(holdsOf)),
  };
}

function countOf({ moments }: ContendReport, endAtMs: number): number {
  let count = 0;
  for (let at = 1; at < moments.length; at += 3) if (moments[at]! < endAtMs) count += 1;
  return count;
}

function waitsOf({ moments, waitingSinceMs }: ContendReport, endAtMs: number): number[] {
  const waits: number[] = [];
  for (let at = 0; at < moments.length; at += 3) {
    if (moments[at + 1]! < endAtMs) waits.push(moments[at + 1]! - moments[at]!);
  }
  if (waitingSinceMs > 0) waits.push(endAtMs - waitingSinceMs);
  return waits;
}

/** entered, left. */
function holdsOf({ moments }: ContendReport): Float64Array {
  return moments.filter((_moment, at) => at % 3 !== 0);
}
