/** One of many processes that run seeds: gets ranges, answers with what it found. */
import process from "node:process";

import { drawPlan } from "../draw.ts";
import type { Violation } from "../oracle/ledger.ts";
import { runPlan } from "../world.ts";

export interface Batch {
  readonly fromSeed: number;
  readonly count: number;
  readonly profile: string | undefined;
}

export interface FailedRun {
  readonly seed: number;
  readonly profile: string;
  readonly violation: Violation;
}

export interface BatchResult {
  readonly runCount: number;
  readonly acquiredCount: number;
  readonly eventCount: number;
  readonly simulatedMs: number;
  readonly failures: readonly FailedRun[];
}

export async function runBatch({ fromSeed, count, profile }: Batch): Promise<BatchResult> {
  let [acquiredCount, eventCount, simulatedMs] = [0, 0, 0];
  const failures: FailedRun[] = [];
  for (let seed = fromSeed; seed < fromSeed + count; seed += 1) {
    const plan = drawPlan(seed, { profile });
    const outcome = await runPlan(plan);
    acquiredCount += outcome.acquiredCount;
    eventCount += outcome.eventCount;
    simulatedMs += outcome.simulatedMs;
    const violation = outcome.violations[0];
    if (violation !== undefined) failures.push({ seed, profile: plan.profile, violation });
  }
  return { runCount: count, acquiredCount, eventCount, simulatedMs, failures };
}

if (process.send !== undefined) {
  process.on("message", (batch: Batch) => {
    void runBatch(batch).then((result) => process.send?.(result));
  });
}
