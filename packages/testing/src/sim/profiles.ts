/**
 * Kinds of trouble, each with the promises that must hold in it. A profile stays within what the library promises
 * (docs/guarantees.md); only "node clocks" leaves it, and there only what holds all the same is checked.
 */
import { type Profile, USUAL_WEIGHT } from "./profile/profile.ts";
import { BESIDE_PROFILES } from "./profile/beside.ts";
import { MEMORY_PROFILES } from "./profile/memory.ts";
import { NETWORK_PROFILES } from "./profile/network.ts";
import { USER_PROFILES } from "./profile/users.ts";

const ALONE_PROFILES: readonly Profile[] = [...NETWORK_PROFILES, ...MEMORY_PROFILES, ...USER_PROFILES];

/** Those that a seed is drawn from. */
export const PROFILES: readonly Profile[] = [...ALONE_PROFILES, ...BESIDE_PROFILES];

const WEIGHTS = ALONE_PROFILES.map(({ weight = USUAL_WEIGHT }) => weight);
const TOTAL_WEIGHT = WEIGHTS.reduce((sum, weight) => sum + weight, 0);

/** Of so many seeds one is drawn for readers and permits: the others are what they were before there were such. */
const BESIDE_EVERY = 8;

/** `roll`: in [0, 1). */
export function profileAt(seed: number, roll: number): Profile {
  if (seed % BESIDE_EVERY === BESIDE_EVERY - 1) {
    return BESIDE_PROFILES[Math.floor(seed / BESIDE_EVERY) % BESIDE_PROFILES.length]!;
  }
  let left = roll * TOTAL_WEIGHT;
  const index = WEIGHTS.findIndex((weight) => (left -= weight) < 0);
  return ALONE_PROFILES[index]!;
}

export function profileNamed(name: string): Profile {
  const profile = PROFILES.find((candidate) => candidate.name === name);
  if (profile !== undefined) return profile;
  throw new RangeError(`no profile "${name}"; there are: ${PROFILES.map((known) => known.name).join(", ")}`);
}
