/**
 * pnpm sim --seed N     replays one run, and where it fails shrinks it and shows its timeline
 * pnpm sim --runs N     soaks: seeds 1..N (or --from) on all cores; the first failures are replayed
 *
 * Options: --profile name, --from seed, --workers n, --max-failures n, --no-shrink, --html file
 */
import process from "node:process";
import { parseArgs } from "node:util";

import { PROFILES } from "../profiles.ts";
import { replay } from "./replay.ts";
import { soak, type SoakResult } from "./soak.ts";
import type { FailedRun } from "./worker.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string" },
    from: { type: "string", default: "1" },
    profile: { type: "string" },
    workers: { type: "string" },
    "max-failures": { type: "string", default: "3" },
    "no-shrink": { type: "boolean", default: false },
    html: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

function summary({ runCount, acquiredCount, eventCount, simulatedMs, wallMs, failures }: SoakResult): string {
  const hours = (simulatedMs / 3_600_000).toFixed(1);
  const perSecond = Math.round((acquiredCount * 1000) / wallMs);
  return (
    `${runCount} runs, ${hours} simulated hours, ${acquiredCount} locks acquired (${perSecond}/s), ${eventCount} events, ` +
    `${(wallMs / 1000).toFixed(0)} s, ${failures.length} failed`
  );
}

function replayLine({ seed, violation, profile: drawn }: FailedRun, profile: string | undefined): string {
  const flag = profile === undefined ? "" : ` --profile "${profile}"`;
  return `VIOLATION of "${violation.oracle}" in "${drawn}". Replay it: pnpm sim --seed ${seed}${flag}`;
}

async function main(): Promise<boolean> {
  const { profile } = values;
  const options = { profile, shrink: !values["no-shrink"], html: values.html };
  if (values.help || (values.seed === undefined && values.runs === undefined)) {
    console.log("pnpm sim --seed N | --runs N [--from seed] [--profile name] [--workers n] [--max-failures n]");
    console.log("         [--no-shrink] [--html file]");
    console.log(`profiles: ${PROFILES.map(({ name }) => name).join(", ")}`);
    return values.help;
  }
  if (values.seed !== undefined) return replay(Number(values.seed), options);
  let toldAtMs = 0;
  const told = new Set<number>();
  const result = await soak({
    fromSeed: Number(values.from),
    runs: Number(values.runs),
    profile,
    workers: values.workers === undefined ? undefined : Number(values.workers),
    maxFailures: Number(values["max-failures"]),
    onProgress: (soFar) => {
      // At once, for a soak that is stopped before its end.
      for (const failure of soFar.failures.filter(({ seed }) => !told.has(seed))) {
        told.add(failure.seed);
        console.log(replayLine(failure, profile));
      }
      if (soFar.wallMs - toldAtMs < 10_000) return;
      toldAtMs = soFar.wallMs;
      console.log(summary(soFar));
    },
  });
  console.log(summary(result));
  for (const failure of result.failures.slice(0, 1)) {
    console.log("");
    await replay(failure.seed, options);
  }
  for (const failure of result.failures) console.log(`\n${replayLine(failure, profile)}`);
  return result.failures.length === 0;
}

process.exitCode = (await main()) ? 0 : 1;
