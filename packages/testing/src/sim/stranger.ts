/** Somebody who may publish beside the lock: what it says is like what a node says, or nonsense. */
import type { MachineClocks } from "./clock.ts";
import type { Prng } from "./prng.ts";

const HOUR_US = 3_600_000_000;

/** A message like this one, with its numbers far ahead, its words elsewhere, or of another kind altogether. */
export function forge(message: string, { wallMs }: MachineClocks, prng: Prng): string {
  const hourAheadUs = Math.floor(wallMs * 1000) + HOUR_US;
  const words = message.split(" ");
  return prng.pick([
    `nobody.1 ${hourAheadUs}.5`,
    `nobody.1 ${hourAheadUs}`,
    `${words[0]} ${hourAheadUs}.5`,
    ` ${hourAheadUs}`,
    message.replaceAll(/\d{10,}/g, `${hourAheadUs}.5`),
    message.replaceAll(/\d{10,}/g, String(hourAheadUs)),
    message,
    words.toReversed().join(" "),
    "",
    "\u0000 \u001b[31m NaN Infinity 1e999",
  ]);
}
