/**
 * pnpm sim --seed N     replays one run, and where it fails shrinks it and shows its timeline
 * pnpm sim --runs N     soaks: seeds 1..N (or --from) on all cores; the first failures are replayed
 *
 * Options: --profile name, --scenario id, --from seed, --workers n, --max-failures n, --no-shrink, --html file
 */
import process from "node:process";
import { parseArgs } from "node:util";

import { scenarioNamed, scenarios } from "../../scenarios/all.ts";
import { playInSimulator } from "../../scenarios/rig/simulated-rig.ts";
import { profileNamed, PROFILES } from "../profiles.ts";
import { refuseStaleBundle } from "./fresh.ts";
import { replay } from "./replay.ts";
import { soak, type SoakResult } from "./soak.ts";
import type { FailedRun } from "./worker.ts";

refuseStaleBundle();
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string" },
    from: { type: "string", default: "1" },
    profile: { type: "string" },
    scenario: { type: "string" },
    workers: { type: "string" },
    "max-failures": { type: "string", default: "3" },
    "no-shrink": { type: "boolean", default: false },
    html: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

/** What the seeds are tried on: the same for every run, and so part of how to replay one. */
const { profile, scenario } = values;
const flags = [profile !== undefined && ` --profile "${profile}"`, scenario !== undefined && ` --scenario ${scenario}`];

function summary({ runCount, acquiredCount, eventCount, simulatedMs, wallMs, failures }: SoakResult): string {
  const ending = `${(wallMs / 1000).toFixed(0)} s, ${failures.length} failed`;
  if (scenario !== undefined) return `${runCount} runs of scenario ${scenario}, ${ending}`;
  const hours = (simulatedMs / 3_600_000).toFixed(1);
  const perSecond = Math.round((acquiredCount * 1000) / wallMs);
  return `${runCount} runs, ${hours} simulated hours, ${acquiredCount} locks acquired (${perSecond}/s), ${eventCount} events, ${ending}`;
}

function replayLine({ seed, violation, profile: drawn }: FailedRun): string {
  return `VIOLATION of "${violation.oracle}" in "${drawn}". Replay it: pnpm sim --seed ${seed}${flags.filter(Boolean).join("")}`;
}

/** Whether the run was clean. */
async function replayOne(seed: number): Promise<boolean> {
  if (scenario === undefined) return replay(seed, { profile, shrink: !values["no-shrink"], html: values.html });
  const error = await playInSimulator(scenarioNamed(scenario), seed).catch((reason: unknown) => reason);
  console.log(error ?? `scenario ${scenario} is kept with seed ${seed}`);
  return error === undefined;
}

function wholeNumber(name: "seed" | "runs" | "from" | "workers" | "max-failures"): number | undefined {
  const text = values[name];
  if (text === undefined || /^\d+$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new RangeError(`--${name} is a whole number, not ${text}`);
}

async function main(): Promise<boolean> {
  const [seed, runs] = [wholeNumber("seed"), wholeNumber("runs")];
  if (values.help || (seed === undefined && runs === undefined)) {
    console.log("pnpm sim --seed N | --runs N [--from seed] [--profile name] [--scenario id]");
    console.log("         [--workers n] [--max-failures n] [--no-shrink] [--html file]");
    console.log(`profiles: ${PROFILES.map(({ name }) => name).join(", ")}`);
    console.log(`scenarios: ${scenarios.map(({ id }) => id).join("; ")}`);
    return values.help;
  }
  if (profile !== undefined) profileNamed(profile);
  if (seed !== undefined) return replayOne(seed);
  let toldAtMs = 0;
  const told = new Set<number>();
  const result = await soak({
    fromSeed: wholeNumber("from")!,
    runs: runs!,
    profile,
    scenario: scenario === undefined ? undefined : scenarioNamed(scenario).id.split(", ")[0],
    workers: wholeNumber("workers"),
    maxFailures: wholeNumber("max-failures"),
    onProgress: (soFar) => {
      // At once, for a soak that is stopped before its end.
      for (const failure of soFar.failures.filter((found) => !told.has(found.seed))) {
        told.add(failure.seed);
        console.log(replayLine(failure));
      }
      if (soFar.wallMs - toldAtMs < 10_000) return;
      toldAtMs = soFar.wallMs;
      console.log(summary(soFar));
    },
  });
  console.log(summary(result));
  for (const failure of result.failures.slice(0, 1)) {
    console.log("");
    await replayOne(failure.seed);
  }
  for (const failure of result.failures) console.log(`\n${replayLine(failure)}`);
  return result.failures.length === 0;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
