/** What must hold in every state. */
import type { Guards } from "./guards.ts";
import type { Mode } from "./beside-layout.ts";
import type { Holding } from "./holding.ts";
import { Answer, Phase, type Layout } from "./layout.ts";
import type { NodeSteps } from "./node-steps.ts";

export class Promises {
  readonly #layout: Layout;
  readonly #guards: Guards;
  readonly #holding: Holding;
  readonly #nodes: NodeSteps;

  constructor(layout: Layout, guards: Guards, holding: Holding, nodes: NodeSteps) {
    this.#layout = layout;
    this.#guards = guards;
    this.#holding = holding;
    this.#nodes = nodes;
  }

  /** Which of them the state breaks, in words; `undefined`: none. */
  broken(s: Uint8Array): string | undefined {
    const at = this.#layout;
    if (s[at.orderBroken] === 1) return "a later holder has a fencing token that is not higher";
    const holders: number[] = [];
    for (let token = 0; token < at.tokens; token++) {
      if (s[at.phase(token)] === Phase.held && this.#holding.isValid(s, token)) holders.push(token);
    }
    const together = this.#together(s, holders);
    if (together !== undefined) return together;
    for (let token = 0; token < at.tokens; token++) {
      for (let node = 0; node < at.shape.nodes; node++) {
        const isRelied = holders.includes(token) && this.#relies(s, token, node);
        if (isRelied && !this.#nodes.serves(s, token, node)) return "a key that its holder relies on is gone";
        if (this.#nodes.hasMore(s, token, node)) return "a caller has more permits on a node than it asked for";
        if (this.#nodes.has(s, token, node) && s[at.finished(token, node)] === 1)
          return "a key of an ended attempt was made again";
      }
    }
    return undefined;
  }

  #together(s: Uint8Array, holders: readonly number[]): string | undefined {
    if (holders.length < 2) return undefined;
    const { beside, shape } = this.#layout;
    if (beside === undefined) return "two callers hold the lock";
    const modes = holders.map((token) => this.#believed(s, token));
    if (modes.includes("exclusive")) return "somebody holds the lock beside one who holds it alone";
    if (new Set(modes).size > 1) return "somebody shares what another has a permit of";
    if (modes[0] !== "permits") return undefined;
    if (holders.length > shape.permits!) return "there are more holders than permits";
    const won = holders.map((token) => s[beside.won(token)]!);
    const isTwice = won.some((one, index) => won.some((other, before) => before < index && (one & other) !== 0));
    return isTwice && this.#guards.samePermits ? "two callers have the same permit" : undefined;
  }

  /** How the holder believes to hold it. */
  #believed(s: Uint8Array, token: number): Mode {
    const at = this.#layout;
    const mode = at.mode(token);
    const sharedFrom = s[at.beside!.sharedFrom(token)]!;
    if (sharedFrom === 0) return mode;
    if (this.#guards.sharesFromCall) return "shared";
    let confirmed = 0;
    for (let node = 0; node < at.shape.nodes; node++) {
      if ((s[at.answer(token, node, sharedFrom - 1)]! & 7) === Answer.original) confirmed++;
    }
    return confirmed >= this.#holding.quorum ? "shared" : mode;
  }

  #relies(s: Uint8Array, token: number, node: number): boolean {
    const at = this.#layout;
    return this.#holding.counts(s, token, node) && s[at.admittedLife(token, node)] === s[at.life(node)];
  }
}
