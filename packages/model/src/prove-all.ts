/** Runs tasks side by side in threads, and prints what each has shown. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Exploration } from "./explore/explore.ts";
import type { Guards } from "./protocol/guards.ts";
import type { Shape } from "./protocol/layout.ts";
import type { Features } from "./protocol/features.ts";

/** With guards off, a broken promise is what must be found. */
export interface Task {
  readonly name: string;
  readonly about: string;
  readonly shape: Shape;
  readonly features: Features;
  readonly off: readonly (keyof Guards)[];
}

export interface Proof {
  /** Whether every promise holds to the end, and every guard was missed. */
  readonly isWhole: boolean;
  /** What was explored to the end, and how many states it has. */
  readonly complete: readonly { readonly name: string; readonly stateCount: number }[];
}

export async function proveAll(tasks: readonly Task[], maxStates: number, jobs?: number | ""): Promise<Proof> {
  const beganAt = performance.now();
  const complete: { name: string; stateCount: number }[] = [];
  const queue = [...tasks];
  let failed = 0;
  const worker = async (): Promise<void> => {
    // The large ones stand last: begun first, they leave no thread without work at the end.
    for (let task = queue.pop(); task !== undefined; task = queue.pop()) {
      const startedAt = performance.now();
      const result = await inThread(task, maxStates);
      const isAsWanted = result.outcome === (task.off.length === 0 ? "complete" : "violation");
      if (!isAsWanted) failed++;
      if (result.outcome === "complete") complete.push({ name: task.name, stateCount: result.stateCount });
      console.log(lineOf(task, result, isAsWanted, (performance.now() - startedAt) / 1000));
    }
  };
  await Promise.all(Array.from({ length: jobs || availableParallelism() }, worker));
  const seconds = Math.round((performance.now() - beganAt) / 1000);
  const { user, system } = process.cpuUsage();
  const busy = Math.round((user + system) / 1e6);
  console.log(
    `\n${tasks.length - failed} passed, ${failed} failed, ${seconds} s, ${busy} s of all processors together`,
  );
  return { isWhole: failed === 0, complete };
}

function inThread(task: Task, maxStates: number): Promise<Exploration> {
  const file = fileURLToPath(new URL("prove-thread.js", import.meta.url));
  const thread = new Worker(file, { workerData: { task, maxStates } });
  return new Promise((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
  });
}

function lineOf(task: Task, result: Exploration, isAsWanted: boolean, seconds: number): string {
  const count = result.stateCount.toLocaleString("en");
  const head = `${isAsWanted ? "ok  " : "FAIL"} ${task.name}: ${result.outcome}, ${count} states, ${seconds.toFixed(1)} s`;
  const about = task.about === "" ? "" : `\n       ${task.about}`;
  if (result.violation === undefined) return head + about;
  const story = result.violation.story.map((line) => `\n       ${line}`).join("");
  return `${head}${about}\n     ${result.violation.rule}:${story}`;
}
