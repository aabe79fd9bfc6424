/** Many seeds on all cores. */
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

import { systemRuntime, type Timer } from "@quorate/redlock/node";

import type { Violation } from "../oracle/ledger.ts";
import type { Batch, BatchResult, FailedRun } from "./worker.ts";

export interface SoakOptions {
  readonly fromSeed: number;
  readonly runs: number;
  readonly profile?: string | undefined;
  /** Plays this scenario with each seed, instead of a plan. */
  readonly scenario?: string | undefined;
  readonly workers?: number | undefined;
  /** Ends at this many failures. */
  readonly maxFailures?: number | undefined;
  /** The worker's script; another one in a mutation test. */
  readonly workerPath?: string | undefined;
  /** A worker that is silent for longer hangs, and so its first seed fails. */
  readonly batchTimeoutMs?: number | undefined;
  /** Failures of these seeds do not count. */
  readonly ignoredSeeds?: ReadonlySet<number> | undefined;
  readonly onProgress?: ((sofar: SoakResult) => void) | undefined;
}

export interface SoakResult {
  readonly runCount: number;
  readonly acquiredCount: number;
  readonly eventCount: number;
  readonly simulatedMs: number;
  readonly wallMs: number;
  readonly failures: readonly FailedRun[];
}

/** Runs make much that is soon forgotten: with more room for it, a fifth of the time is saved. */
const WORKER_FLAGS: readonly string[] = ["--max-semi-space-size=32"];
const BATCH_RUNS = 10;
/** A scenario takes a millisecond, a plan a hundred. */
const BATCH_PLAYS = 200;

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const startedAtMs = systemRuntime.readClocks().monotonicMs;
  const { fromSeed, runs, profile, scenario, maxFailures = 1 } = options;
  const total = { runCount: 0, acquiredCount: 0, eventCount: 0, simulatedMs: 0, failures: [] as FailedRun[] };
  const soFar = (): SoakResult => ({
    ...total,
    failures: [...total.failures].sort((a, b) => a.seed - b.seed),
    wallMs: systemRuntime.readClocks().monotonicMs - startedAtMs,
  });
  let next = fromSeed;
  const take = (): Batch | undefined => {
    if (next >= fromSeed + runs || total.failures.length >= maxFailures) return undefined;
    const count = Math.min(scenario === undefined ? BATCH_RUNS : BATCH_PLAYS, fromSeed + runs - next);
    const batch: Batch = { fromSeed: next, count, profile, scenario };
    next += count;
    return batch;
  };
  const add = (result: BatchResult): void => {
    total.runCount += result.runCount;
    total.acquiredCount += result.acquiredCount;
    total.eventCount += result.eventCount;
    total.simulatedMs += result.simulatedMs;
    total.failures.push(...result.failures.filter(({ seed }) => options.ignoredSeeds?.has(seed) !== true));
    options.onProgress?.(soFar());
  };
  const workerPath = options.workerPath ?? fileURLToPath(new URL("./worker.js", import.meta.url));
  const { batchTimeoutMs = 600_000 } = options;
  const workers = Array.from({ length: options.workers ?? availableParallelism() }, () =>
    work(workerPath, batchTimeoutMs, take, add),
  );
  await Promise.all(workers);
  return soFar();
}

/** One worker process, until there is nothing left to do. */
function work(
  path: string,
  batchTimeoutMs: number,
  take: () => Batch | undefined,
  add: (result: BatchResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(path, { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [...WORKER_FLAGS] });
    let batch: Batch | undefined;
    let timer: Timer | undefined;
    const feed = (): void => {
      timer?.cancel();
      batch = take();
      if (batch === undefined) child.disconnect();
      else child.send(batch);
      if (batch !== undefined) timer = systemRuntime.startTimer(batchTimeoutMs, () => child.kill("SIGKILL"));
    };
    child.on("message", (result: BatchResult) => {
      add(result);
      feed();
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      timer?.cancel();
      if (batch !== undefined) add(crashOf(batch, `a worker ended with ${signal ?? `code ${code}`} in this batch`));
      resolve();
    });
    feed();
  });
}

function crashOf({ fromSeed, count, profile = "" }: Batch, detail: string): BatchResult {
  const violation: Violation = { oracle: "nothing thrown", atMs: 0, detail };
  const failures = [{ seed: fromSeed, profile, violation }];
  return { runCount: count, acquiredCount: 0, eventCount: 0, simulatedMs: 0, failures };
}
