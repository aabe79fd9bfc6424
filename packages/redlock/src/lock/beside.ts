/** How a held lock stands to others: which keys it shares, which permits it has, and where its acquire may yet run. */
import { isSameSlots } from "../core/permits.ts";
import { isUnheard, type LockMode, type Vote } from "../core/vote.ts";
import type { Hold } from "../options/hold.ts";

/** What each of its operations says of it; `undefined` of an exclusive lock. */
export type Terms = { readonly shared: readonly number[] } | { readonly slots: readonly number[] } | undefined;

export class BesideOthers {
  terms: Terms;
  /** Whether `share()` was called: a node may hold it exclusively yet. */
  wasShared = false;
  /** Told when it is shared from then on: those who share it may begin. */
  onShared: (() => void) | undefined;
  /** Where its acquire may still come to run, once or again; not kept of an exclusive lock, whose fence refuses it. */
  #unheard: boolean[] | undefined;

  constructor(hold: Hold | undefined, slots: readonly number[] | undefined) {
    if (hold !== undefined) this.terms = hold.mode === "shared" ? { shared: hold.indexes } : { slots: slots ?? [] };
  }

  get mode(): LockMode {
    const { terms } = this;
    if (terms === undefined) return "exclusive";
    return "shared" in terms ? "shared" : "permits";
  }

  isUnheard(node: number): boolean {
    return this.#unheard?.[node] === true;
  }

  noteHeard(node: number, vote: Vote | undefined): void {
    if (this.terms !== undefined) (this.#unheard ??= [])[node] = isUnheard(vote);
  }

  /** Whether a node gave other permits than those that were won. */
  isStray(vote: Vote | undefined): boolean {
    const { terms } = this;
    if (terms === undefined || !("slots" in terms)) return false;
    return vote?.outcome === "granted" && !isSameSlots(vote.slots, terms.slots);
  }

  /** The vote as it counts for what was won: a stray one is none of it. */
  settle(vote: Vote): Vote {
    if (this.terms === undefined || !this.isStray(vote)) return vote;
    return { outcome: "refused", reason: "lost", evidence: vote.evidence!, resourceIndex: 0 };
  }

  /** From here on others may share it. */
  share(keyCount: number): void {
    this.terms = { shared: Array.from({ length: keyCount }, (_, index) => index) };
    this.wasShared = true;
    this.onShared?.();
  }
}
