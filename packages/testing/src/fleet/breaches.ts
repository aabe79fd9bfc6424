/**
 * Which promises a history shows to be broken. What it cannot tell (inconclusive) is no breach. That a loss was told
 * before the next one held is not asked here: a process that was paused cannot be told anything.
 */
import { atMost } from "../check/at-most.ts";
import { fencingOrder } from "../check/fencing-order.ts";
import { mutualExclusion } from "../check/mutual-exclusion.ts";
import type { CheckResult, Events } from "../check/result.ts";
import type { Breach } from "../report/story.ts";

const checks: readonly [promise: string, check: (history: Events) => CheckResult][] = [
  ["mutual exclusion", mutualExclusion],
  ["at most so many permits", atMost],
  ["fencing order", fencingOrder],
];

export function breachesOf(history: Events): Breach[] {
  return checks.flatMap(([promise, check]) => {
    const result = check(history);
    if (result.verdict !== "violation") return [];
    const atMs = Math.max(
      ...result.evidence.filter(({ kind }) => kind === "granted").map((event) => event.monotonicMs),
    );
    return [{ atMs, promise, detail: result.message }];
  });
}
