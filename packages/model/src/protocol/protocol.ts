/** The protocol as a model: how its states begin, which of them are alike, and what must hold in each. */
import type { Emit, Model } from "../explore/explore.ts";
import { CallerSteps } from "./caller-steps.ts";
import type { Guards } from "./guards.ts";
import { Holding } from "./holding.ts";
import { Layout, Phase, type Shape } from "./layout.ts";
import { NodeSteps } from "./node-steps.ts";
import { type Features, Steps } from "./steps.ts";
import { Symmetry } from "./symmetry.ts";

export class Protocol implements Model {
  readonly size: number;
  readonly initial: Uint8Array;
  readonly #layout: Layout;
  readonly #holding: Holding;
  readonly #nodes: NodeSteps;
  readonly #steps: Steps;
  readonly #symmetry: Symmetry;

  constructor(shape: Shape, features: Features, guards: Guards) {
    const layout = new Layout(shape);
    this.#layout = layout;
    this.size = layout.size;
    this.#holding = new Holding(layout, guards);
    this.#nodes = new NodeSteps(layout, guards, features.line);
    const callers = new CallerSteps(layout, guards, this.#holding);
    this.#steps = new Steps(layout, features, this.#holding, this.#nodes, callers);
    // In line the callers have an order.
    this.#symmetry = new Symmetry(layout, !features.line);
    this.initial = new Uint8Array(layout.size);
    this.initial[layout.lossesLeft] = shape.losses;
    for (let node = 0; node < shape.nodes; node++) this.initial[layout.isOld(node)] = 1;
  }

  steps(state: Uint8Array, emit: Emit): void {
    this.#steps.emitAll(state, emit);
  }

  violation(s: Uint8Array): string | undefined {
    const at = this.#layout;
    if (s[at.orderBroken] === 1) return "a later holder has a fencing token that is not higher";
    let holders = 0;
    for (let token = 0; token < at.tokens; token++) {
      const isHeld = s[at.phase(token)] === Phase.held && this.#holding.isValid(s, token);
      if (isHeld && ++holders > 1) return "two callers hold the lock";
      for (let node = 0; node < at.shape.nodes; node++) {
        const isOurs = s[at.key(node)] === this.#nodes.name(token) + 1;
        if (isHeld && !isOurs && this.#relies(s, token, node)) return "a key that its holder relies on is gone";
        if (isOurs && s[at.finished(token, node)] === 1) return "a key of an ended attempt was made again";
      }
    }
    return undefined;
  }

  canonicalize(s: Uint8Array): void {
    this.#symmetry.canonicalize(s);
  }

  #relies(s: Uint8Array, token: number, node: number): boolean {
    const at = this.#layout;
    return this.#holding.counts(s, token, node) && s[at.admittedLife(token, node)] === s[at.life(node)];
  }
}
