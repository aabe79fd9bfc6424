/** Fencing tokens are distinct, and later locks have higher ones. */
import { holdsByResource, type Hold } from "../history/hold.ts";
import { okIfChecked, type CheckResult, type Events, shown } from "./result.ts";

/**
 * A lock is later than another one when it was asked for after the other was granted; and, where both were valid when
 * they were handed out, when it was granted later. Without validity the second proves nothing: a process that is
 * paused between winning and telling us tells us late.
 *
 * Inconclusive when no resource was locked twice with fencing on.
 */
export function fencingOrder({ events }: Events): CheckResult {
  let checkedCount = 0;
  for (const [resource, holds] of holdsByResource(events)) {
    const fenced = onePerToken(holds).filter((hold) => hold.fencingToken !== undefined);
    const pair = findTwins(fenced) ?? findStepBack(fenced);
    if (pair !== undefined) return violation(resource, pair);
    checkedCount += Math.max(0, fenced.length - 1);
  }
  return okIfChecked(checkedCount, "no resource was locked twice with a fencing token");
}

type Pair = readonly [earlier: Hold, later: Hold];

/** A lock that was adopted by another process is the same lock. */
function onePerToken(holds: readonly Hold[]): Hold[] {
  return [...new Map(holds.toReversed().map((hold) => [hold.token, hold])).values()].toReversed();
}

function findTwins(holds: readonly Hold[]): Pair | undefined {
  const byFencingToken = new Map<number, Hold>();
  for (const hold of holds) {
    const twin = byFencingToken.get(fencingTokenOf(hold));
    if (twin !== undefined) return [twin, hold];
    byFencingToken.set(fencingTokenOf(hold), hold);
  }
  return undefined;
}

/** A later lock with a lower token than an earlier one; `holds` in the order of their grants. */
function findStepBack(holds: readonly Hold[]): Pair | undefined {
  const valid = holds.filter((hold) => hold.endedAtMs > hold.grantedAtMs);
  return (
    findBelowHighest(valid, valid, (hold) => hold.grantedAtMs) ??
    findBelowHighest(
      holds,
      [...holds].sort((a, b) => a.attemptedAtMs - b.attemptedAtMs),
      (hold) => hold.attemptedAtMs,
    )
  );
}

/** The first of `later` that is below the highest of those `earlier` ones that were granted before its `sinceMs`. */
function findBelowHighest(
  earlier: readonly Hold[],
  later: readonly Hold[],
  sinceMs: (hold: Hold) => number,
): Pair | undefined {
  let highest: Hold | undefined;
  let next = 0;
  for (const hold of later) {
    for (let before = earlier[next]; before && before.grantedAtMs < sinceMs(hold); before = earlier[(next += 1)]) {
      if (highest === undefined || fencingTokenOf(before) > fencingTokenOf(highest)) highest = before;
    }
    if (highest !== undefined && fencingTokenOf(hold) < fencingTokenOf(highest)) return [highest, hold];
  }
  return undefined;
}

function fencingTokenOf(hold: Hold): number {
  return hold.fencingToken ?? 0;
}

function violation(resource: string, [earlier, later]: Pair): CheckResult {
  return {
    verdict: "violation",
    message:
      `${resource}: ${later.holder} got fencing token ${later.fencingToken} at ${shown(later.grantedAtMs)} ms, after ` +
      `${earlier.holder} had got ${earlier.fencingToken} at ${shown(earlier.grantedAtMs)} ms`,
    evidence: [...earlier.events, ...later.events],
  };
}
