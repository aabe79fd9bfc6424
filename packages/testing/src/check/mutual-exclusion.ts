/** No two locks on one resource are held at the same time that exclude each other: a writer beside anybody, or one permit twice. */
import type { HistoryEvent } from "../history/event.ts";
import { holdsByResource, type Hold } from "../history/hold.ts";
import { commonNumbers, excludes, modeOf } from "./beside.ts";
import { okIfChecked, type CheckResult, type Events, shown } from "./result.ts";

/** A violation's two locks, in the order they were granted. */
export type OverlappingPair = readonly [first: Hold, second: Hold];

/** With the two locks, when the verdict is a violation. */
export type MutualExclusionResult = CheckResult & { readonly pair?: OverlappingPair };

/**
 * Two handles with one token are one lock (it was adopted by another process). Inconclusive without contention: when
 * nobody ever asked for a resource while somebody else held it. `checkedCount`: how often somebody did.
 */
export function mutualExclusion({ events }: Events): MutualExclusionResult {
  const asks = asksByResource(events);
  let contendedCount = 0;
  for (const [resource, holds] of holdsByResource(events)) {
    const pair = findOverlap(resource, holds);
    if (pair !== undefined) return violation(resource, pair);
    contendedCount += countContended(resource, holds, asks.get(resource) ?? []);
  }
  return okIfChecked(contendedCount, "nobody asked for a lock while somebody else held it");
}

/** The first two that overlap; `holds` in the order of their grants. Nobody excludes later whom it did not exclude then. */
function findOverlap(resource: string, holds: readonly Hold[]): OverlappingPair | undefined {
  let current: Hold[] = [];
  for (const hold of holds) {
    // A lock that was over before it was handed out was never held.
    if (hold.endedAtMs <= hold.grantedAtMs) continue;
    current = current.filter((earlier) => earlier.endedAtMs > hold.grantedAtMs);
    const other = current.find((earlier) => excludes(earlier, hold, resource, hold.grantedAtMs));
    if (other !== undefined) return [other, hold];
    current.push(hold);
  }
  return undefined;
}

function violation(resource: string, pair: OverlappingPair): MutualExclusionResult {
  const [first, second] = pair;
  const overlapMs = Math.min(first.endedAtMs, second.endedAtMs) - second.grantedAtMs;
  return {
    verdict: "violation",
    message:
      `${resource}${howBoth(resource, pair)}: ${second.holder} got it at ${shown(second.grantedAtMs)} ms, while ${first.holder} held it from ` +
      `${shown(first.grantedAtMs)} to ${shown(first.endedAtMs)} ms: both for ${shown(overlapMs)} ms`,
    evidence: [...first.events, ...second.events].sort((a, b) => a.monotonicMs - b.monotonicMs),
    pair,
  };
}

/** "" of two that are both exclusive. */
function howBoth(resource: string, [first, second]: OverlappingPair): string {
  const modes = [first, second].map((hold) => modeOf(hold, resource, second.grantedAtMs));
  const numbers = commonNumbers(first, second);
  if (numbers.length > 0) return `, permit ${numbers.join(", ")}`;
  return modes.every((mode) => mode === "exclusive") ? "" : ` (${modes.join(", then ")})`;
}

/** From when to when somebody asked. */
interface Ask {
  readonly isShared: boolean;
  readonly holder: string;
  readonly fromMs: number;
  readonly toMs: number;
}

function asksByResource(events: readonly HistoryEvent[]): Map<string, Ask[]> {
  const endedAtMs = new Map<string, number>();
  for (const event of events) {
    if (event.kind === "granted" || event.kind === "refused") endedAtMs.set(event.attempt, event.monotonicMs);
  }
  const asks = new Map<string, Ask[]>();
  for (const event of events) {
    if (event.kind !== "attempted") continue;
    const toMs = endedAtMs.get(event.attempt) ?? Infinity;
    for (const resource of event.resources) {
      const isShared = event.shared?.includes(resource) === true;
      const ask = { isShared, holder: event.holder, fromMs: event.monotonicMs, toMs };
      const others = asks.get(resource);
      if (others === undefined) asks.set(resource, [ask]);
      else others.push(ask);
    }
  }
  return asks;
}

/** How many asks met a hold of somebody else: the last one that was granted before the ask had ended. */
function countContended(resource: string, holds: readonly Hold[], asks: readonly Ask[]): number {
  const byEnd = [...asks].sort((a, b) => a.toMs - b.toMs);
  let next = 0;
  let latest: Hold | undefined;
  let beforeLatest: Hold | undefined;
  let count = 0;
  for (const ask of byEnd) {
    for (let hold = holds[next]; hold !== undefined && hold.grantedAtMs < ask.toMs; hold = holds[next]) {
      if (latest?.holder !== hold.holder) beforeLatest = latest;
      latest = hold;
      next += 1;
    }
    const met = [latest, beforeLatest].some((hold) => hold !== undefined && meets(resource, hold, ask));
    if (met) count += 1;
  }
  return count;
}

function meets(resource: string, hold: Hold, ask: Ask): boolean {
  if (ask.isShared && modeOf(hold, resource, Math.max(hold.grantedAtMs, ask.fromMs)) === "shared") return false;
  return hold.holder !== ask.holder && hold.endedAtMs > ask.fromMs;
}
