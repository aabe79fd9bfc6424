/** At which number a try for permits begins: where one was seen to be free, else anywhere, or all would ask for the same. */
import type { Votes } from "../core/refusal.ts";
import type { Hold } from "../options/hold.ts";
import type { AcquireOperation } from "../node/operation.ts";

export class PermitStart {
  #hint: number | undefined;

  /** A node has called, and named the number that was freed there. */
  noteFreed(slot: number): void {
    this.#hint = slot;
  }

  /** What a waiter keeps of a round that others refused, it asks for again. */
  noteKept(votes: Votes): void {
    for (const vote of votes) {
      const kept = vote?.outcome === "granted" ? vote.slots?.[0] : undefined;
      if (kept !== undefined) this.#hint = kept;
    }
  }

  /** `roll`: from 0 to 1. Each hint is good for one try. */
  next(count: number, roll: () => number): number {
    const hint = this.#hint;
    this.#hint = undefined;
    return hint !== undefined && hint < count ? hint : Math.floor(roll() * count);
  }
}

/** What an acquire asks for, of a lock that is not exclusive. `start`: of permits. */
export function wishOf(
  hold: Hold,
  start: PermitStart | undefined,
  roll: () => number,
): Pick<AcquireOperation, "shared" | "permits"> {
  if (hold.mode === "shared") return { shared: hold.indexes };
  const { of, weight } = hold;
  return { permits: { of, weight, start: start?.next(of, roll) ?? 0 } };
}
