/** What befalls a node without a message: time passes, and its memory is lost. Each changes the state in place. */
import { isPending, type Layout } from "./layout.ts";
import type { NodeSteps } from "./node-steps.ts";

export class NodeLife {
  readonly #layout: Layout;
  readonly #nodes: NodeSteps;

  constructor(layout: Layout, nodes: NodeSteps) {
    this.#layout = layout;
    this.#nodes = nodes;
  }

  /** A key may end once no bound that it was given is still to come. */
  expire(s: Uint8Array, node: number): boolean {
    const at = this.#layout;
    if (s[at.key(node)] === 0) return false;
    for (let token = 0; token < at.tokens; token++) {
      if (this.#nodes.name(token) + 1 !== s[at.key(node)]) continue;
      if (!isPending(s[at.phase(token)]!)) continue;
      if (s[at.keyFull(node)]! > s[at.fullOver(token)]!) return false;
      if (s[at.keyClaim(node)]! > s[at.claimOver(token)]!) return false;
    }
    s[at.key(node)] = 0;
    s[at.keyFull(node)] = 0;
    s[at.keyClaim(node)] = 0;
    return true;
  }

  /** Of who holds together with others. */
  expireHold(_state: Uint8Array, _token: number, _node: number): boolean {
    return false;
  }

  /** A restart without data, a flush, a swapped database, another server at the address: all the same. */
  forget(s: Uint8Array, node: number): void {
    const at = this.#layout;
    for (const field of [at.key, at.keyFull, at.keyClaim, at.nodeFence, at.buried, at.isOld]) s[field(node)] = 0;
    s[at.life(node)]!++;
    for (let token = 0; token < at.tokens; token++) {
      s[at.place(token, node)] = 0;
      // With its tombstones the node has forgotten that the attempt ended.
      s[at.finished(token, node)] = 0;
      s[at.sentAtLoss(token, node)] = isPending(s[at.phase(token)]!) ? s[at.sent(token)]! : 0;
    }
  }

  /** The guard's time is over: so is every bound of what was sent before the memory was lost. */
  ripen(s: Uint8Array, node: number): boolean {
    const at = this.#layout;
    if (s[at.isOld(node)] === 1) return false;
    for (let token = 0; token < at.tokens; token++) {
      if (!isPending(s[at.phase(token)]!)) continue;
      if (s[at.fullOver(token)]! < s[at.sentAtLoss(token, node)]!) return false;
    }
    s[at.isOld(node)] = 1;
    return true;
  }
}
