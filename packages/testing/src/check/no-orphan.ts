/** When all is quiet, no node keeps a key of a lock that nobody holds. */
import type { HistoryEvent, Inspected } from "../history/event.ts";
import { holdsOf, type Hold } from "../history/hold.ts";
import { okIfChecked, type CheckResult, type Events, shown } from "./result.ts";

/**
 * Judges the history's inspections: a key is an orphan when its lock was released, when its time to live must be over,
 * or when its token was never granted to anybody. While an attempt on the resource has not ended, or ended with its
 * process, a token nobody knows may be that attempt's. Inconclusive when no lock was granted before an inspection.
 */
export function noOrphan({ events }: Events): CheckResult {
  const holds = holdsOf(events);
  let checkedCount = 0;
  for (const inspected of events.filter((event) => event.kind === "inspected")) {
    for (const { resource, token } of inspected.found) {
      const own = holds.filter((hold) => hold.token === token);
      const fault = own.length > 0 ? outlived(own, inspected) : neverGranted(events, resource, inspected);
      if (fault !== undefined) return violation(inspected, resource, token, fault, own);
    }
    if (holds.some((hold) => hold.grantedAtMs < inspected.monotonicMs)) checkedCount += 1;
  }
  return okIfChecked(checkedCount, "no node was inspected after a lock had been granted");
}

/** What is wrong with a key of this lock; `undefined` when nothing is. */
function outlived(handles: readonly Hold[], inspected: Inspected): string | undefined {
  const nowMs = inspected.monotonicMs;
  const released = handles.find((hold) => hold.releasedAtMs !== undefined && hold.releasedAtMs <= nowMs);
  if (released !== undefined) return `${released.holder} released it at ${shown(released.releasedAtMs!)} ms`;
  const untilMs = Math.max(...handles.map((hold) => hold.keysUntilMs));
  return untilMs < nowMs ? `its time to live was over at ${shown(untilMs)} ms` : undefined;
}

function neverGranted(events: readonly HistoryEvent[], resource: string, inspected: Inspected): string | undefined {
  const open = new Set<string>();
  for (const event of events) {
    if (event.monotonicMs > inspected.monotonicMs || !("attempt" in event)) continue;
    if (event.kind === "attempted" && event.resources.includes(resource)) open.add(event.attempt);
    if (event.kind === "granted" || event.kind === "refused") open.delete(event.attempt);
  }
  return open.size > 0 ? undefined : "its token was never granted to anybody";
}

function violation(
  inspected: Inspected,
  resource: string,
  token: string,
  fault: string,
  own: readonly Hold[],
): CheckResult {
  return {
    verdict: "violation",
    message: `${resource}: node ${inspected.node} still has token ${token} at ${shown(inspected.monotonicMs)} ms: ${fault}`,
    evidence: [...own.flatMap((hold) => hold.events), inspected],
  };
}
