/**
 * pnpm sim:mutants [--runs N] [--only text] [--out file]
 *
 * Runs the simulator on each seeded bug and writes a table: which oracle caught it, after how many runs. Ends with an
 * error when one is not caught: that is a hole in the simulator.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";

import { soak } from "../../sim/cli/soak.ts";
import { MUTANTS } from "../mutants.ts";
import { type Finding, renderTable } from "../table.ts";
import { Workspace } from "../workspace.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "10000" },
    only: { type: "string", default: "" },
    out: { type: "string" },
  },
});
const runs = Number(values.runs);
const FROM_SEED = 1;

/** Seeds that fail without any bug put in: what they find in a mutant says nothing about its bug. */
async function failingAnyway(workspace: Workspace, profile: string | undefined): Promise<ReadonlySet<number>> {
  const { workerPath } = workspace;
  const { failures } = await soak({ fromSeed: FROM_SEED, runs, profile, workerPath, maxFailures: runs });
  return new Set(failures.map(({ seed }) => seed));
}

async function main(): Promise<boolean> {
  const mutants = MUTANTS.filter(({ name }) => name.includes(values.only));
  const original = await Workspace.make("original", []);
  const ignored = new Map<string | undefined, ReadonlySet<number>>();
  const findings: Finding[] = [];
  for (const { name, edits, profile } of mutants) {
    if (!ignored.has(profile)) {
      const seeds = await failingAnyway(original, profile);
      ignored.set(profile, seeds);
      if (seeds.size > 0)
        console.log(`${seeds.size} seeds fail without any seeded bug, e.g. ${[...seeds].slice(0, 5).join(", ")}`);
    }
    const mutant = await Workspace.make("mutant", edits);
    const { workerPath } = mutant;
    const ignoredSeeds = ignored.get(profile);
    const batchTimeoutMs = 30_000;
    const result = await soak({ fromSeed: FROM_SEED, runs, profile, workerPath, ignoredSeeds, batchTimeoutMs });
    const first = result.failures[0];
    findings.push({ name, runCount: result.runCount, profile, failure: first });
    console.log(`${name}: ${first === undefined ? "NOT CAUGHT" : `"${first.violation.oracle}" by seed ${first.seed}`}`);
  }
  const table = renderTable(findings);
  console.log(`\n${table}`);
  if (values.out !== undefined) writeFileSync(values.out, `${table}\n`);
  return findings.every(({ failure }) => failure !== undefined);
}

process.exitCode = (await main()) ? 0 : 1;
