/** The protocol as a model: how its states begin, which of them are alike, and what must hold in each. */
import type { Emit, Model } from "../explore/explore.ts";
import { BesideLife } from "./beside-life.ts";
import { BesideSteps } from "./beside-steps.ts";
import { CallerSteps } from "./caller-steps.ts";
import type { Features } from "./features.ts";
import type { Guards } from "./guards.ts";
import { Holding } from "./holding.ts";
import { Irrelevant } from "./irrelevant.ts";
import { Layout, type Shape } from "./layout.ts";
import { NodeLife } from "./node-life.ts";
import { NodeSteps } from "./node-steps.ts";
import { Promises } from "./promises.ts";
import { Steps } from "./steps.ts";
import { Symmetry } from "./symmetry.ts";

export class Protocol implements Model {
  readonly size: number;
  readonly initial: Uint8Array;
  readonly #steps: Steps;
  readonly #promises: Promises;
  readonly #irrelevant: Irrelevant;
  readonly #symmetry: Symmetry;

  constructor(shape: Shape, features: Features, guards: Guards) {
    const layout = new Layout(shape);
    this.size = layout.size;
    const holding = new Holding(layout, guards);
    const [nodes, life] = nodeOf(layout, guards, features.line);
    const callers = new CallerSteps(layout, guards, holding);
    this.#steps = new Steps(layout, features, holding, nodes, life, callers);
    this.#promises = new Promises(layout, guards, holding, nodes);
    this.#irrelevant = new Irrelevant(layout, features, guards, nodes);
    // In line the callers have an order.
    this.#symmetry = new Symmetry(layout, !features.line);
    this.initial = new Uint8Array(layout.size);
    this.initial[layout.lossesLeft] = shape.losses;
    for (let node = 0; node < shape.nodes; node++) this.initial[layout.isOld(node)] = 1;
  }

  steps(state: Uint8Array, emit: Emit): void {
    this.#steps.emitAll(state, emit);
  }

  violation(state: Uint8Array): string | undefined {
    return this.#promises.broken(state);
  }

  canonicalize(s: Uint8Array): void {
    this.#irrelevant.clear(s);
    this.#symmetry.canonicalize(s);
  }
}

function nodeOf(layout: Layout, guards: Guards, hasLine: boolean): [NodeSteps, NodeLife] {
  if (layout.beside === undefined) {
    const nodes = new NodeSteps(layout, guards, hasLine);
    return [nodes, new NodeLife(layout, nodes)];
  }
  const nodes = new BesideSteps(layout, guards, hasLine);
  return [nodes, new BesideLife(layout, guards, nodes, nodes.holders)];
}
