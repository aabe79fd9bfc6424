/** Who loses a lock is told before somebody else gets it. */
import type { HistoryEvent } from "../history/event.ts";
import { holdsByResource, type Hold } from "../history/hold.ts";
import { excludes } from "./beside.ts";
import { okIfChecked, type CheckResult, type Events, shown } from "./result.ts";

/**
 * Holders that were killed need not be told, if the history says that they died. A holder that was paused, or whose
 * event loop was blocked, cannot be told in time: do not ask this of such a run. Inconclusive when no lock was lost
 * that somebody got afterwards.
 */
export function lossBeforeNextHolder({ events }: Events): CheckResult {
  const diedAtMs = deaths(events);
  let checkedCount = 0;
  for (const [resource, holds] of holdsByResource(events)) {
    const valid = holds.filter((hold) => hold.endedAtMs > hold.grantedAtMs);
    for (const [index, hold] of valid.entries()) {
      const next = nextOther(resource, valid, index);
      if (next === undefined) continue;
      const goneAtMs = Math.min(hold.releasedAtMs ?? Infinity, diedAtMs.get(hold.holder) ?? Infinity);
      if (goneAtMs <= next.grantedAtMs) continue;
      if ((hold.lostAtMs ?? Infinity) > next.grantedAtMs) return violation(resource, hold, next);
      checkedCount += 1;
    }
  }
  return okIfChecked(checkedCount, "no lock was lost that somebody else got afterwards");
}

function deaths(events: readonly HistoryEvent[]): Map<string, number> {
  const died = events.filter((event) => event.kind === "died");
  return new Map(died.map((event) => [event.holder, event.monotonicMs]));
}

/** The first lock granted after this one that cannot be beside it; the same lock, adopted, is none. */
function nextOther(resource: string, holds: readonly Hold[], index: number): Hold | undefined {
  const hold = holds[index]!;
  return holds.slice(index + 1).find((after) => excludes(hold, after, resource, after.grantedAtMs));
}

function violation(resource: string, hold: Hold, next: Hold): CheckResult {
  const told =
    hold.lostAtMs === undefined ? "was never told of its loss" : `was told only at ${shown(hold.lostAtMs)} ms`;
  return {
    verdict: "violation",
    message:
      `${resource}: ${next.holder} got it at ${shown(next.grantedAtMs)} ms, and ${hold.holder}, who had it before, ` +
      told,
    evidence: [...hold.events, ...next.events],
  };
}
