/** How a caller holds what it asks for, beside others: as one of the readers, or with some of K permits. */
import type { Habits } from "../plan.ts";
import type { Prng } from "../prng.ts";

export type Beside =
  /** Which of its resources it shares; it is alone on the others. */
  | { readonly shared: readonly string[] }
  /** `weight` of `permits`, all or none. */
  | { readonly permits: number; readonly weight: number };

/** `undefined`: alone. Rolls no dice where everybody always is. */
export function drawBeside(
  prng: Prng,
  { modes, permits, weightProbability }: Habits,
  resources: readonly string[],
): Beside | undefined {
  if (modes.length === 0) return undefined;
  switch (prng.pick(modes)) {
    case "exclusive":
      return undefined;
    case "shared":
      return { shared: prng.chance(0.7) ? resources : resources.slice(0, prng.integer(1, resources.length)) };
    case "permits": {
      const count = prng.pick(permits);
      return { permits: count, weight: prng.chance(weightProbability) ? prng.integer(1, count) : 1 };
    }
  }
}
