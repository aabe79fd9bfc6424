/**
 * Makes one state of all that differ only in what nothing can depend on any more: above all what an attempt has left that
 * is over on a node, or on all of them. Valid with every guard, since it is the guards that make an attempt's late messages do
 * nothing; without one nothing is taken for alike.
 */
import type { Mode } from "./beside-layout.ts";
import type { Features } from "./features.ts";
import { allGuards, type Guards } from "./guards.ts";
import { isPending, Phase, type Layout } from "./layout.ts";
import type { NodeSteps } from "./node-steps.ts";

export class Irrelevant {
  readonly #layout: Layout;
  readonly #features: Features;
  readonly #nodes: NodeSteps;
  readonly #isGuarded: boolean;

  constructor(layout: Layout, features: Features, guards: Guards, nodes: NodeSteps) {
    this.#layout = layout;
    this.#features = features;
    this.#nodes = nodes;
    this.#isGuarded = (Object.keys(allGuards) as (keyof Guards)[]).every((guard) => guards[guard]);
  }

  clear(s: Uint8Array): void {
    if (!this.#isGuarded) return;
    const at = this.#layout;
    for (let token = 0; token < at.tokens; token++) {
      const phase = s[at.phase(token)]!;
      if (!this.#features.line) for (let node = 0; node < at.shape.nodes; node++) s[at.known(token, node)] = 0;
      if (phase === Phase.ended) this.#clearEnded(s, token);
      // In line every end buries, whether it releases or gives up; beside others what is unheard tells.
      if (this.#features.line || at.mode(token) !== "exclusive") s[at.rolledBack(token)] = 0;
    }
    this.#clearNext(s);
    for (let node = 0; node < at.shape.nodes; node++) this.#clearNode(s, node);
    this.#clearWins(s);
  }

  /** The fencing tokens of earlier holders, where all that may yet be won is above them. */
  #clearWins(s: Uint8Array): void {
    const at = this.#layout;
    const { beside } = at;
    const lowest = this.#lowestWin(s, "any");
    if (s[at.lastWon]! < lowest) s[at.lastWon] = 0;
    if (beside === undefined) return;
    if (s[beside.lastShared()]! < this.#lowestWin(s, "exclusive")) s[beside.lastShared()] = 0;
    const lowestOfPermits = Math.min(this.#lowestWin(s, "exclusive"), this.#lowestWin(s, "permits"));
    for (let permit = 0; permit < beside.permits; permit++) {
      if (s[beside.lastOf(permit)]! < lowestOfPermits) s[beside.lastOf(permit)] = 0;
    }
  }

  /** The lowest fencing token under which one that holds it in this way may yet win; 255: none will. */
  #lowestWin(s: Uint8Array, mode: Mode | "any"): number {
    const at = this.#layout;
    let lowest = 255;
    for (let token = 0; token < at.tokens; token++) {
      if (mode !== "any" && at.mode(token) !== mode) continue;
      if (s[at.phase(token)] === Phase.idle) lowest = Math.min(lowest, 1);
      if (s[at.phase(token)] === Phase.trying) lowest = Math.min(lowest, s[at.fence(token, 0)]!);
    }
    return lowest;
  }

  #clearNode(s: Uint8Array, node: number): void {
    const at = this.#layout;
    const holder = this.#holder(s, node);
    // A bound that is over is as good as none.
    if (holder === undefined || s[at.keyFull(node)]! <= s[at.fullOver(holder)]!) s[at.keyFull(node)] = 0;
    if (holder === undefined || s[at.keyClaim(node)]! <= s[at.claimOver(holder)]!) s[at.keyClaim(node)] = 0;
    for (let token = 0; at.beside !== undefined && token < at.tokens; token++) {
      const hold = at.beside.hold(token, node);
      const isOver = !isPending(s[at.phase(token)]!) || s[hold]! <= s[at.fullOver(token)]!;
      if (isOver) s[hold] = Math.min(s[hold]!, 1);
    }
    // What is buried below the fence is refused by it.
    if (!this.#features.line && s[at.buried(node)]! < s[at.nodeFence(node)]!) s[at.buried(node)] = 0;
  }

  /** Who holds the node's key alone, and still wants it. */
  #holder(s: Uint8Array, node: number): number | undefined {
    const at = this.#layout;
    const holder = s[at.key(node)]! - 1;
    return holder >= 0 && holder < at.tokens && isPending(s[at.phase(holder)]!) ? holder : undefined;
  }

  /** What an end proposes for the next, where nobody else is left. */
  #clearNext(s: Uint8Array): void {
    const at = this.#layout;
    let alive = -1;
    for (let token = 0; token < at.tokens; token++) {
      if (s[at.phase(token)] === Phase.ended && s[at.asked(token)] === 0) continue;
      if (alive !== -1) return;
      alive = token;
    }
    if (alive !== -1) s[at.nextFence(alive)] = 0;
  }

  #clearEnded(s: Uint8Array, token: number): void {
    const at = this.#layout;
    let isOver = true;
    for (let node = 0; node < at.shape.nodes; node++) {
      for (const field of [at.toldRound, at.toldFence, at.toldLife]) s[field(token, node)] = 0;
      if (this.#nodes.isOver(s, token, node)) this.#nodes.markOver(s, token, node);
      else isOver = false;
    }
    if (!this.#features.heal) s[at.wonFence(token)] = 0;
    if (!isOver || !this.#isSettled(s)) return;
    for (let round = 0; round < at.mostRounds; round++) s[at.fence(token, round)] = 0;
    for (const field of [at.sent, at.asked, at.wonFence, at.rolledBack]) s[field(token)] = 0;
    if (at.beside === undefined) return;
    for (const field of [at.beside.sharedFrom, at.beside.start, at.beside.won]) s[field(token)] = 0;
  }

  /** Whether no node can forget what is over, and nobody asks yet by a clock that is ahead of all that was proposed. */
  #isSettled(s: Uint8Array): boolean {
    const at = this.#layout;
    if (at.shape.losses === 0) return true;
    if (s[at.lossesLeft]! > 0) return false;
    for (let token = 0; token < at.tokens; token++) if (s[at.phase(token)] === Phase.idle) return false;
    return true;
  }
}
