/**
 * npm run torture -- [--minutes N | --seconds N] [--seed N] [--users N] [--control guard-off]
 *
 * Ends with 0 when nothing is wrong; with `--control guard-off`, when the torture has seen what is wrong then.
 */
import process from "node:process";
import { parseArgs } from "node:util";

import { torture, type TortureResult } from "../torture.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    seconds: { type: "string" },
    seed: { type: "string" },
    users: { type: "string", default: "4" },
    control: { type: "string" },
  },
});

function wholeNumber(name: "minutes" | "seconds" | "seed" | "users"): number | undefined {
  const text = values[name];
  if (text === undefined || /^\d+$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new RangeError(`--${name} is a whole number, not ${text}`);
}

function summary(result: TortureResult): string {
  const troubles = Object.entries(result.troubles).map(([name, count]) => `  ${count} x ${name}`);
  return [
    `${result.grantedCount} locks granted, ${result.refusedCount} refused, ${result.lostCount} lost, ` +
      `${result.handedOverCount} handed over, ${result.killedUsers} users killed`,
    ...troubles.sort(),
    `${result.breaches.length} breaches, ${result.keysLeft.length} keys left, ${result.faults.length} faults`,
    ...[...result.breaches, ...result.keysLeft, ...result.faults].slice(0, 20),
  ].join("\n");
}

async function main(): Promise<boolean> {
  const { control } = values;
  if (control !== undefined && control !== "guard-off")
    throw new RangeError(`there is no control "${control}": guard-off`);
  const seed = wholeNumber("seed") ?? Math.floor(Math.random() * 2 ** 31);
  const seconds = wholeNumber("seconds") ?? (wholeNumber("minutes") ?? 1) * 60;
  console.log(`seed ${seed}, ${seconds} s${control === undefined ? "" : ", with the restart guard off"}`);
  const result = await torture({
    durationMs: seconds * 1000,
    seed,
    userCount: wholeNumber("users") ?? 4,
    isGuardOff: control !== undefined,
    onProgress: (text) => console.log(text),
  });
  console.log(summary(result));
  if (control !== undefined) return result.breaches.length > 0;
  return result.breaches.length + result.keysLeft.length + result.faults.length === 0;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
