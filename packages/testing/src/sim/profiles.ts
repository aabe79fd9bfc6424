/**
 * Kinds of trouble, each with the promises that must hold in it. A profile stays within what the library promises
 * (docs/guarantees.md); only "node clocks" leaves it, and there only what holds all the same is checked.
 */
import type { Profile } from "./profile/profile.ts";
import { MEMORY_PROFILES } from "./profile/memory.ts";
import { NETWORK_PROFILES } from "./profile/network.ts";
import { USER_PROFILES } from "./profile/users.ts";

const KNOWN: readonly Profile[] = [...NETWORK_PROFILES, ...MEMORY_PROFILES, ...USER_PROFILES];

/** What still breaks in these is known, and under repair: they are drawn only where they are asked for by name. */
export const AWAITED: readonly string[] = [
  "healing",
  "forgetting",
  "flush",
  "repairs",
  "nested",
  "neighbours",
  "clocks apart",
  "demotions",
  "short lives",
  "burst",
  "thaw",
];

/** Those that a seed is drawn from. */
export const PROFILES: readonly Profile[] = KNOWN.filter(({ name }) => !AWAITED.includes(name));

export function profileNamed(name: string): Profile {
  const profile = KNOWN.find((candidate) => candidate.name === name);
  if (profile !== undefined) return profile;
  throw new RangeError(`no profile "${name}"; there are: ${KNOWN.map((known) => known.name).join(", ")}`);
}
