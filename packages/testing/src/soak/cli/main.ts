/**
 * npm run soak -- [--minutes N | --seconds N] [--seed N] [--report FILE] [--control leak]
 *
 * Ends with 0 when nothing rises and nothing is left; with `--control leak`, when it was seen that something rises.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";

import { inWords, isClean, type SoakReport } from "../report.ts";
import { isCaught, soak } from "../soak.ts";

const TELL_EVERY_MS = 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    seconds: { type: "string" },
    seed: { type: "string" },
    report: { type: "string" },
    control: { type: "string" },
  },
});

function wholeNumber(name: "minutes" | "seconds" | "seed"): number | undefined {
  const text = values[name];
  if (text === undefined || /^\d+$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new RangeError(`--${name} is a whole number, not ${text}`);
}

/** Written again and again, so that there is one also of a run that is ended from outside. */
function save(report: SoakReport): void {
  if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(report));
}

async function main(): Promise<boolean> {
  const { control } = values;
  if (control !== undefined && control !== "leak") throw new RangeError(`there is no control "${control}": leak`);
  const seed = wholeNumber("seed") ?? Math.floor(Math.random() * 2 ** 31);
  const seconds = wholeNumber("seconds") ?? (wholeNumber("minutes") ?? 1) * 60;
  console.log(`seed ${seed}, ${seconds} s${control === undefined ? "" : ", with users that give nothing back"}`);
  let toldAtMs = performance.now();
  const report = await soak({
    durationMs: seconds * 1000,
    seed,
    sampleEveryMs: Math.min(10_000, (seconds * 1000) / 20),
    troubleEveryMs: Math.min(20_000, (seconds * 1000) / 10),
    isLeaking: control !== undefined,
    onSample: (reportSoFar) => {
      if (performance.now() - toldAtMs < TELL_EVERY_MS) return;
      toldAtMs = performance.now();
      const sofar = reportSoFar();
      save(sofar);
      console.log(`${Math.round(sofar.lastedMs / 1000)} s ${JSON.stringify(sofar.samples.at(-1)?.figures)}`);
    },
  });
  save(report);
  console.log(inWords(report));
  return control === undefined ? isClean(report) : isCaught(report.trends);
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
