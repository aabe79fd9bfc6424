/** What a caller wants next: by habit, and by its own dice. */
import type { Habits } from "./plan.ts";
import type { Prng } from "./prng.ts";

export interface Wish {
  readonly resources: string[];
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly autoExtend: boolean;
}

export function drawWish(prng: Prng, habits: Habits): Wish {
  return {
    resources: drawResources(prng, habits),
    ttlMs: prng.pick(habits.ttlsMs),
    waitMs: prng.pick(habits.waitsMs),
    autoExtend: prng.chance(habits.autoExtendProbability),
  };
}

/** In any order: two callers may name the same resources the other way round. */
function drawResources(prng: Prng, habits: Habits): string[] {
  const all = [...habits.resources];
  const count = prng.chance(habits.severalProbability) ? prng.integer(1, all.length) : 1;
  const resources: string[] = [];
  while (resources.length < count) resources.push(...all.splice(prng.integer(0, all.length - 1), 1));
  return resources;
}
