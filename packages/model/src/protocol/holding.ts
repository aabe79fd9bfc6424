/** What a caller believes: which nodes it counts, and so whether it holds. */
import type { Guards } from "./guards.ts";
import { Phase, type Layout } from "./layout.ts";

export class Holding {
  readonly #layout: Layout;
  readonly quorum: number;

  constructor(layout: Layout, guards: Guards) {
    this.#layout = layout;
    this.quorum = guards.majority ? Math.floor(layout.shape.nodes / 2) + 1 : 1;
  }

  /** Whether the bound of a round that the node confirmed is still to come. */
  counts(state: Uint8Array, token: number, node: number): boolean {
    const at = this.#layout;
    return (
      state[at.countFull(token, node)]! > state[at.fullOver(token)]! ||
      state[at.countClaim(token, node)]! > state[at.claimOver(token)]!
    );
  }

  /** Whether enough nodes are counted; `fence`: only those that granted under this fencing token. */
  isValid(state: Uint8Array, token: number, fence?: number): boolean {
    const at = this.#layout;
    let count = 0;
    for (let node = 0; node < at.shape.nodes; node++) {
      if (!this.counts(state, token, node)) continue;
      if (fence === undefined || state[at.countFence(token, node)] === fence) count++;
    }
    return count >= this.quorum;
  }

  /** To be called whenever a bound has passed, or a node has said that the key is gone. */
  loseIfInvalid(state: Uint8Array, token: number): void {
    const phase = this.#layout.phase(token);
    if (state[phase] !== Phase.held) return;
    if (this.isValid(state, token)) return;
    state[phase] = Phase.lost;
    this.forget(state, token);
  }

  /** Nothing that is heard from now on matters: states that differ only in it become one. */
  forget(state: Uint8Array, token: number): void {
    const at = this.#layout;
    state[at.fullOver(token)] = 0;
    state[at.claimOver(token)] = 0;
    for (let node = 0; node < at.shape.nodes; node++) {
      for (const field of at.heardOf) state[field(token, node)] = 0;
      for (let round = 0; round < at.mostRounds; round++) {
        state[at.answer(token, node, round)] = 0;
        state[at.answerFence(token, node, round)] = 0;
      }
    }
  }
}
