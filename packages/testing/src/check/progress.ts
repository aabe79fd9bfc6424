/** While nobody holds a lock and somebody asks for it, somebody gets it within a bound. */
import type { HistoryEvent } from "../history/event.ts";
import { holdsByResource, type Hold } from "../history/hold.ts";
import { okIfChecked, type CheckResult, type Events, shown } from "./result.ts";

/** What counts as progress. */
export interface ProgressOptions {
  /**
   * How long a lock may be asked for in vain while it is free. At least the TTL where killed processes, or faults that
   * are over by now, may have left keys behind.
   */
  readonly boundMs: number;
}

/**
 * Counts the time in which a resource was asked for, free and undisturbed since somebody got it last; from zero again
 * when faults begin or end. Asks that were refused count too: everybody giving up in turn is no progress. A lock that
 * was not released is free when its keys are gone. Inconclusive when nobody was granted a lock.
 */
export function progress({ events }: Events, { boundMs }: ProgressOptions): CheckResult {
  const holds = holdsByResource(events);
  for (const [resource, own] of eventsByResource(events)) {
    const stall = findStall(changesOf(own, holds.get(resource) ?? []), boundMs);
    if (stall === undefined) continue;
    return {
      verdict: "violation",
      message: `${resource}: asked for and free since ${shown(stall.fromMs)} ms, and at ${shown(stall.toMs)} ms nobody had got it`,
      evidence: own.filter((event) => event.monotonicMs >= stall.fromMs && event.monotonicMs <= stall.toMs),
    };
  }
  const grantedCount = events.filter((event) => event.kind === "granted").length;
  return okIfChecked(grantedCount, "nobody was granted a lock");
}

/** Each resource's own events, and those that concern all resources. */
function eventsByResource(events: readonly HistoryEvent[]): Map<string, HistoryEvent[]> {
  const resources = new Set(events.flatMap((event) => ("resources" in event ? event.resources : [])));
  const byResource = new Map([...resources].map((resource) => [resource, [] as HistoryEvent[]]));
  for (const event of events) {
    const concerned = "resources" in event ? event.resources : resources;
    for (const resource of concerned) byResource.get(resource)?.push(event);
  }
  return byResource;
}

/** How a resource's standing changes: by so many asks, holds and disturbances more, or fewer. */
interface Change {
  readonly atMs: number;
  readonly asks: number;
  readonly holds: number;
  readonly disturbances: number;
}

function changesOf(events: readonly HistoryEvent[], holds: readonly Hold[]): Change[] {
  const still = { asks: 0, holds: 0, disturbances: 0 };
  const changes: Change[] = [];
  const asking = new Map<string, string>();
  let disturbed = false;
  for (const event of events) {
    const atMs = event.monotonicMs;
    if (event.kind === "attempted") {
      asking.set(event.attempt, event.holder);
      changes.push({ ...still, atMs, asks: 1 });
    } else if (event.kind === "granted" || event.kind === "refused") {
      if (asking.delete(event.attempt)) changes.push({ ...still, atMs, asks: -1 });
    } else if (event.kind === "died") {
      for (const [attempt, holder] of asking) {
        if (holder !== event.holder) continue;
        asking.delete(attempt);
        changes.push({ ...still, atMs, asks: -1 });
      }
    } else if (event.kind === "disturbed" || event.kind === "calmed") {
      const disturbs = event.kind === "disturbed";
      if (disturbs !== disturbed) changes.push({ ...still, atMs, disturbances: disturbs ? 1 : -1 });
      disturbed = disturbs;
    } else {
      changes.push({ ...still, atMs });
    }
  }
  const lastMs = changes.at(-1)?.atMs ?? 0;
  for (const hold of holds) {
    changes.push({ ...still, atMs: hold.grantedAtMs, holds: 1 });
    changes.push({ ...still, atMs: Math.min(lastMs, hold.releasedAtMs ?? hold.keysUntilMs), holds: -1 });
  }
  return changes.sort((a, b) => a.atMs - b.atMs || b.holds - a.holds);
}

function findStall(changes: readonly Change[], boundMs: number): { fromMs: number; toMs: number } | undefined {
  let [asks, holds, disturbances, waitedMs, fromMs, lastMs] = [0, 0, 0, 0, 0, 0];
  for (const change of changes) {
    if (asks > 0 && holds === 0 && disturbances === 0) {
      if (waitedMs === 0) fromMs = lastMs;
      waitedMs += change.atMs - lastMs;
    }
    if (waitedMs > boundMs) return { fromMs, toMs: change.atMs };
    if (change.holds > 0 || change.disturbances !== 0) waitedMs = 0;
    asks += change.asks;
    holds += change.holds;
    disturbances += change.disturbances;
    lastMs = change.atMs;
  }
  return undefined;
}
