/**
 * npm run torture -- [--minutes N | --seconds N] [--seed N] [--users N] [--control NAME]
 *
 * Ends with 0 when nothing is wrong. With `--control`, of guard-off, readers-apart, permits-apart, as soon as it has seen
 * what is wrong then, however long that takes.
 */
import process from "node:process";
import { parseArgs } from "node:util";

import { TORTURE_CONTROLS, type TortureControl } from "../control.ts";
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
  const refusals = Object.entries(result.refusals).map(([reason, count]) => `${count} ${reason}`);
  return [
    `${result.grantedCount} locks granted (${result.sharedCount} to readers, ${result.permitsCount} as permits), ` +
      `${result.refusedCount} refused (${refusals.join(", ")})`,
    `${result.lostCount} lost, ${result.handedOverCount} handed over, ${result.killedUsers} users killed`,
    ...troubles.sort(),
    `${result.breaches.length} breaches, ${result.keysLeft.length} keys left, ${result.faults.length} faults`,
    ...[...result.breaches, ...result.keysLeft, ...result.faults].slice(0, 20),
  ].join("\n");
}

function isControl(name: string): name is TortureControl {
  return TORTURE_CONTROLS.some((control) => control === name);
}

async function main(): Promise<boolean> {
  const { control } = values;
  if (control !== undefined && !isControl(control))
    throw new RangeError(`there is no control "${control}": ${TORTURE_CONTROLS.join(", ")}`);
  const seed = wholeNumber("seed") ?? Math.floor(Math.random() * 2 ** 31);
  const seconds = wholeNumber("seconds") ?? (wholeNumber("minutes") ?? 1) * 60;
  console.log(`seed ${seed}, ${control === undefined ? `${seconds} s` : `control ${control}`}`);
  const result = await torture({
    durationMs: seconds * 1000,
    seed,
    userCount: wholeNumber("users") ?? 4,
    control,
    onProgress: (text) => console.log(text),
  });
  console.log(summary(result));
  if (control !== undefined) return result.breaches.length > 0;
  return result.breaches.length + result.keysLeft.length + result.faults.length === 0;
}

try {
  const isClean = await main();
  // Node 20 has been seen to spin for ever while it closes what is left of the proxies' sockets (uv_run in CleanupHandles).
  process.exit(isClean ? 0 : 1);
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
