/**
 * pnpm sim:mutants [--runs N] [--only text] [--workers n] [--out file]
 *
 * Runs the simulator on each seeded bug and writes a table: which oracle caught it, after how many runs. A seed counts
 * only if the sources pass it without the bug. Ends with an error when one is not caught: that is a hole in the
 * simulator.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";

import { soak } from "../../sim/cli/soak.ts";
import type { Mutant } from "../mutant.ts";
import { MUTANTS } from "../mutants.ts";
import { type Finding, renderTable } from "../table.ts";
import { Workspace } from "../workspace.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "10000" },
    only: { type: "string", default: "" },
    workers: { type: "string" },
    out: { type: "string" },
  },
});
const runs = Number(values.runs);
const workers = values.workers === undefined ? undefined : Number(values.workers);
const FROM_SEED = 1;

/** The first failure that is the bug's own: the same seed passes without it. */
async function firstFailure(mutant: Mutant, folder: Workspace, original: Workspace): Promise<Finding> {
  const { name, profile } = mutant;
  const ignoredSeeds = new Set<number>();
  for (;;) {
    const { workerPath } = folder;
    const result = await soak({ fromSeed: FROM_SEED, runs, workers, profile, workerPath, ignoredSeeds });
    const failure = result.failures[0];
    const finding = { name, runCount: result.runCount, profile, failure };
    if (failure === undefined || (await passesWithout(failure.seed, profile, original))) return finding;
    console.log(`seed ${failure.seed} fails without any seeded bug too`);
    ignoredSeeds.add(failure.seed);
  }
}

/** The negative control. */
async function passesWithout(seed: number, profile: string | undefined, original: Workspace): Promise<boolean> {
  const { workerPath } = original;
  const { failures } = await soak({ fromSeed: seed, runs: 1, workers: 1, profile, workerPath });
  return failures.length === 0;
}

async function main(): Promise<boolean> {
  const original = await Workspace.make("original", []);
  const findings: Finding[] = [];
  for (const mutant of MUTANTS.filter(({ name }) => name.includes(values.only))) {
    const folder = await Workspace.make("mutant", mutant.edits);
    const finding = await firstFailure(mutant, folder, original);
    findings.push(finding);
    const { failure } = finding;
    const caught = failure === undefined ? "NOT CAUGHT" : `"${failure.violation.oracle}" by seed ${failure.seed}`;
    console.log(`${mutant.name}: ${caught}, ${finding.runCount} runs`);
  }
  const table = renderTable(findings);
  console.log(`\n${table}`);
  if (values.out !== undefined) writeFileSync(values.out, `${table}\n`);
  return findings.every(({ failure }) => failure !== undefined);
}

process.exitCode = (await main()) ? 0 : 1;
