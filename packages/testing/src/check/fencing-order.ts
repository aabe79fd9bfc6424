/** Fencing tokens of locks that exclude each other are distinct, and later ones are higher. */
import { holdsByResource, type Hold } from "../history/hold.ts";
import { excludes } from "./beside.ts";
import { okIfChecked, type CheckResult, type Events, shown } from "./result.ts";

/**
 * A lock is later than another one when it was asked for after the other was granted; and, where both were valid when
 * they were handed out, when it was granted later. Without validity the second proves nothing: a process that is
 * paused between winning and telling us tells us late.
 *
 * Readers are in no order among each other, nor permits of different numbers. A lock that was shared later is a writer's.
 *
 * Inconclusive when no resource was locked twice with fencing on.
 */
export function fencingOrder({ events }: Events): CheckResult {
  let checkedCount = 0;
  for (const [resource, holds] of holdsByResource(events)) {
    const fenced = onePerToken(holds).filter((hold) => hold.fencingToken !== undefined);
    const pair = findTwins(resource, fenced) ?? findStepBack(resource, fenced);
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

function findTwins(resource: string, holds: readonly Hold[]): Pair | undefined {
  const byFencingToken = new Map<number, Hold[]>();
  for (const hold of holds) {
    const twins = byFencingToken.get(fencingTokenOf(hold)) ?? [];
    const twin = twins.find((other) => isOrdered(resource, other, hold));
    if (twin !== undefined) return [twin, hold];
    byFencingToken.set(fencingTokenOf(hold), [...twins, hold]);
  }
  return undefined;
}

/** By what each was when it was granted. */
function isOrdered(resource: string, one: Hold, other: Hold): boolean {
  return excludes({ ...one, sharedFromMs: Infinity }, { ...other, sharedFromMs: Infinity }, resource, 0);
}

/** A later lock with a lower token than an earlier one; `holds` in the order of their grants. */
function findStepBack(resource: string, holds: readonly Hold[]): Pair | undefined {
  const valid = holds.filter((hold) => hold.endedAtMs > hold.grantedAtMs);
  return (
    findBelowHighest(resource, valid, valid, (hold) => hold.grantedAtMs) ??
    findBelowHighest(
      resource,
      holds,
      [...holds].sort((a, b) => a.attemptedAtMs - b.attemptedAtMs),
      (hold) => hold.attemptedAtMs,
    )
  );
}

/**
 * The first of `later` that is below one of those `earlier` ones that were granted before its `sinceMs`, and that it is
 * in order with: of each kind of hold the highest is enough.
 */
function findBelowHighest(
  resource: string,
  earlier: readonly Hold[],
  later: readonly Hold[],
  sinceMs: (hold: Hold) => number,
): Pair | undefined {
  const highest = new Map<string, Hold>();
  let next = 0;
  for (const hold of later) {
    for (let before = earlier[next]; before && before.grantedAtMs < sinceMs(hold); before = earlier[(next += 1)]) {
      for (const kind of kindsOf(resource, before)) {
        const known = highest.get(kind);
        if (known === undefined || fencingTokenOf(before) > fencingTokenOf(known)) highest.set(kind, before);
      }
    }
    for (const before of highest.values()) {
      if (fencingTokenOf(hold) < fencingTokenOf(before) && isOrdered(resource, before, hold)) return [before, hold];
    }
  }
  return undefined;
}

/** A writer, a reader, or who has this number: those of one kind are beside the same others. */
function kindsOf(resource: string, { permits, shared }: Hold): readonly string[] {
  if (permits !== undefined) return permits.numbers.map((number) => `permit ${number}`);
  return [shared.includes(resource) ? "reader" : "writer"];
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
