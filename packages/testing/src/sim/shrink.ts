/**
 * A failing plan made small enough to be read: fewer faults, callers, processes and nodes, less time; whatever can go
 * while the same oracle still fails. Every step is a run, so the budget is a number of runs.
 */
import type { OracleName, Plan } from "./plan.ts";
import { type Outcome, runPlan } from "./world.ts";

const DEFAULT_RUNS = 300;
const SHORTEST_MS = 500;

/** Resolves with the smallest run found that still breaks this promise, after at most `runs` tries. */
export async function shrink(failing: Plan, oracle: OracleName, runs: number = DEFAULT_RUNS): Promise<Outcome> {
  let best = await runPlan(failing);
  let left = runs;
  const accept = async (candidate: Plan): Promise<boolean> => {
    if (left <= 0) return false;
    left -= 1;
    const outcome = await runPlan(candidate);
    if (!outcome.violations.some((violation) => violation.oracle === oracle)) return false;
    best = outcome;
    return true;
  };
  let hasShrunk = true;
  while (hasShrunk) {
    hasShrunk = false;
    for (const candidatesOf of [endEarlier, dropFaults, dropCallers, dropProcess, dropNodes, calmDown]) {
      for (const candidate of candidatesOf(best)) {
        if (!(await accept(candidate))) continue;
        hasShrunk = true;
        break;
      }
    }
  }
  return best;
}

/** Right after the violation, then by halves. */
function* endEarlier({ plan, violations }: Outcome): Iterable<Plan> {
  const atMs = Math.ceil(violations[0]?.atMs ?? plan.durationMs) + 1;
  const ends = [atMs, plan.durationMs / 2, plan.durationMs * 0.8].map(Math.round);
  for (const durationMs of ends) {
    if (durationMs < SHORTEST_MS || durationMs > plan.durationMs * 0.97) continue;
    yield { ...plan, durationMs, faults: plan.faults.filter((fault) => fault.atMs < durationMs) };
  }
}

/** All, halves, quarters, ... single ones. */
function* dropFaults({ plan }: Outcome): Iterable<Plan> {
  const { faults } = plan;
  for (let size = faults.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < faults.length; from += size) {
      yield { ...plan, faults: [...faults.slice(0, from), ...faults.slice(from + size)] };
    }
  }
}

function* dropCallers({ plan }: Outcome): Iterable<Plan> {
  for (let count = 1; count < plan.callersPerProcess; count += 1) yield { ...plan, callersPerProcess: count };
}

/** The last one; the others keep their numbers, and so their dice. */
function* dropProcess({ plan }: Outcome): Iterable<Plan> {
  if (plan.processes.length > 1) yield { ...plan, processes: plan.processes.slice(0, -1) };
}

function* dropNodes({ plan }: Outcome): Iterable<Plan> {
  for (const count of [1, 2]) {
    if (plan.nodes.length > count) yield { ...plan, nodes: plan.nodes.slice(0, -count) };
  }
}

function* calmDown({ plan }: Outcome): Iterable<Plan> {
  if (plan.interruptions !== undefined) yield { ...plan, interruptions: undefined };
  if (plan.latency.jitterMs > 0) yield { ...plan, latency: { ...plan.latency, jitterMs: 0 } };
  if (plan.habits.resources.length > 1) yield { ...plan, habits: { ...plan.habits, resources: ["a"] } };
}
