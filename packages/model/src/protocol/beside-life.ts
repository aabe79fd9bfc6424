/** The same where callers hold together with others: each hold ends by itself, and the key with the last. */
import { Marker } from "./beside-layout.ts";
import type { Guards } from "./guards.ts";
import type { Holders } from "./holders.ts";
import { isPending, type Layout } from "./layout.ts";
import { NodeLife } from "./node-life.ts";
import type { NodeSteps } from "./node-steps.ts";

export class BesideLife extends NodeLife {
  readonly #layout: Layout;
  readonly #guards: Guards;
  readonly #holders: Holders;

  constructor(layout: Layout, guards: Guards, nodes: NodeSteps, holders: Holders) {
    super(layout, nodes);
    this.#layout = layout;
    this.#guards = guards;
    this.#holders = holders;
  }

  override expire(s: Uint8Array, node: number): boolean {
    const at = this.#layout;
    if (s[at.key(node)]! < Marker.shared) return super.expire(s, node);
    if (this.#guards.lastsAsLongest) return false;
    let mayEnd = false;
    for (let token = 0; token < at.tokens; token++) {
      mayEnd ||= this.#holders.holds(s, token, node) && this.#mayEnd(s, token, node);
    }
    if (!mayEnd) return false;
    for (let token = 0; token < at.tokens; token++) s[at.beside!.hold(token, node)] = 0;
    this.#holders.endPeriod(s, node);
    return true;
  }

  override expireHold(s: Uint8Array, token: number, node: number): boolean {
    if (!this.#holders.holds(s, token, node) || !this.#mayEnd(s, token, node)) return false;
    this.#holders.drop(s, token, node);
    return true;
  }

  override forget(s: Uint8Array, node: number): void {
    super.forget(s, node);
    this.#holders.endPeriod(s, node);
    for (let token = 0; token < this.#layout.tokens; token++) {
      s[this.#layout.beside!.hold(token, node)] = 0;
      s[this.#layout.beside!.isBuried(token, node)] = 0;
    }
  }

  #mayEnd(s: Uint8Array, token: number, node: number): boolean {
    const at = this.#layout;
    return !isPending(s[at.phase(token)]!) || s[at.beside!.hold(token, node)]! <= s[at.fullOver(token)]!;
  }
}
