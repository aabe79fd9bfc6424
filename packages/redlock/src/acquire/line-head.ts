/** Those at the head of one process's local queue who hold or want the lock beside others: who else can be beside them. */
import type { Hold } from "../options/hold.ts";

/** Whom one place can be beside: others of the same kind, for as long as their weights are at most so much together. */
export interface Beside {
  /** Infinity: who shares it. */
  readonly most: number;
  readonly weight: number;
}

export function besideOf(hold: Hold): Beside {
  return hold.mode === "permits" ? { most: hold.of, weight: hold.weight } : { most: Infinity, weight: 0 };
}

/** Counts, so that a look is as short with thousands at the head as with one. */
export class LineHead {
  /** How many share it, want or have permits. */
  #sharedCount = 0;
  #permitsCount = 0;
  /** How many of them can be beside others, and hold nothing yet. */
  #askingCount = 0;
  /** How many permits they have or want together. */
  #weight = 0;

  /** `by`: 1 for who is at the head now, -1 for who is there no more. */
  count(beside: Beside, isHolder: boolean, by: 1 | -1): void {
    if (beside.most === Infinity) this.#sharedCount += by;
    else this.#permitsCount += by;
    this.#weight += by * beside.weight;
    if (!isHolder) this.#askingCount += by;
  }

  /** `undefined`: who wants it alone. */
  fits(beside: Beside | undefined): boolean {
    // Who waits only for what is held beside others takes its place on the nodes at once: other processes would else join
    // those who hold it for as long as one of this process does.
    if (this.#askingCount === 0) return true;
    if (beside === undefined) return false;
    if (beside.most === Infinity) return this.#permitsCount === 0;
    return this.#sharedCount === 0 && this.#weight + beside.weight <= beside.most;
  }
}
