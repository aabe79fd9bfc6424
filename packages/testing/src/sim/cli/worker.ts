/** One of many processes that run seeds: gets ranges, answers with what it found. */
import process from "node:process";

import { drawPlan } from "../draw.ts";
import type { Violation } from "../oracle/ledger.ts";
import { runPlan } from "../world.ts";
import { scenarioNamed } from "../../scenarios/all.ts";
import { playInSimulator } from "../../scenarios/rig/simulated-rig.ts";
import type { Scenario } from "../../scenarios/scenario.ts";

export interface Batch {
  readonly fromSeed: number;
  readonly count: number;
  readonly profile: string | undefined;
  /** Plays this scenario instead of a plan. */
  readonly scenario?: string | undefined;
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

export async function runBatch(batch: Batch): Promise<BatchResult> {
  if (batch.scenario !== undefined) return playBatch(batch, scenarioNamed(batch.scenario));
  const { fromSeed, count, profile } = batch;
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

/** A scenario that does not end ends the worker, which `soak` takes for a failure of the batch. */
async function playBatch({ fromSeed, count }: Batch, scenario: Scenario): Promise<BatchResult> {
  const failures: FailedRun[] = [];
  for (let seed = fromSeed; seed < fromSeed + count; seed += 1) {
    await playInSimulator(scenario, seed).catch((error: unknown) => {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failures.push({ seed, profile: scenario.id, violation: { oracle: "nothing thrown", atMs: 0, detail } });
    });
  }
  return { runCount: count, acquiredCount: 0, eventCount: 0, simulatedMs: 0, failures };
}

if (process.send !== undefined) {
  process.on("message", (batch: Batch) => {
    void runBatch(batch).then((result) => process.send?.(result));
  });
}
