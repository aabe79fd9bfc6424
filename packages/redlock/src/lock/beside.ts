/** How a held lock stands to others: which keys it shares, which permits it has, and where its acquire may yet run. */
import { isSameSlots } from "../core/permits.ts";
import { isUnheard, type LockMode, type Vote } from "../core/vote.ts";
import type { Hold } from "../options/hold.ts";

/** What each of its operations says of it. */
export type Terms = { readonly shared: readonly number[] } | { readonly slots: readonly number[] };

/** Of a lock that is not exclusive. */
export class BesideOthers {
  terms: Terms;
  /** Whether `share()` was called: a node may hold it exclusively yet. */
  wasShared = false;
  /** Where its acquire may still come to run, once or again. (Of an exclusive lock the fence would refuse it.) */
  readonly #unheard: boolean[] = [];

  constructor(terms: Terms) {
    this.terms = terms;
  }

  /** `slots`: of permits, those that a quorum gave. */
  static won(hold: Hold, slots: readonly number[] = []): BesideOthers {
    return new BesideOthers(hold.mode === "shared" ? { shared: hold.indexes } : { slots });
  }

  get mode(): LockMode {
    return "shared" in this.terms ? "shared" : "permits";
  }

  isUnheard(node: number): boolean {
    return this.#unheard[node] === true;
  }

  noteHeard(node: number, vote: Vote | undefined): void {
    this.#unheard[node] = isUnheard(vote);
  }

  /** Whether a node gave other permits than those that were won. */
  isStray(vote: Vote | undefined): boolean {
    const { terms } = this;
    return "slots" in terms && vote?.outcome === "granted" && !isSameSlots(vote.slots, terms.slots);
  }

  /** The vote as it counts for what was won: a stray one is none of it. */
  settle(vote: Vote): Vote {
    if (!this.isStray(vote)) return vote;
    return { outcome: "refused", reason: "lost", evidence: vote.evidence!, resourceIndex: 0 };
  }

  /** From here on others may share it. */
  share(keyCount: number): void {
    this.terms = { shared: Array.from({ length: keyCount }, (_, index) => index) };
    this.wasShared = true;
  }
}
