/** Who holds together on a node, and which permits they have: the rules of the library's lua/holders.lua. */
import { Marker, type Mode } from "./beside-layout.ts";
import type { Guards } from "./guards.ts";
import type { Layout } from "./layout.ts";

export class Holders {
  readonly #layout: Layout;
  readonly #guards: Guards;

  constructor(layout: Layout, guards: Guards) {
    this.#layout = layout;
    this.#guards = guards;
  }

  /** Together with others. */
  holds(s: Uint8Array, token: number, node: number): boolean {
    return s[this.#layout.beside!.hold(token, node)]! > 0;
  }

  /** Which numbers the token has on the node now. */
  permitsOf(s: Uint8Array, token: number, node: number): number {
    const beside = this.#layout.beside!;
    let permits = 0;
    for (let permit = 0; permit < beside.permits; permit++) {
      const isOurs = s[beside.latestHolder(node, permit)] === token + 1 && this.holds(s, token, node);
      if (isOurs) permits |= 1 << permit;
    }
    return permits;
  }

  takenByOthers(s: Uint8Array, token: number, node: number): number {
    let taken = 0;
    for (let other = 0; other < this.#layout.tokens; other++)
      if (other !== token) taken |= this.permitsOf(s, other, node);
    return taken;
  }

  /** The first free number from the start on whose latest fencing token is below ours; 0: none. */
  choose(s: Uint8Array, token: number, node: number, fence: number): number {
    const beside = this.#layout.beside!;
    const taken = this.takenByOthers(s, token, node);
    for (let i = 0; i < beside.permits; i++) {
      const permit = (s[beside.start(token)]! + i) % beside.permits;
      if ((taken & (1 << permit)) !== 0) continue;
      if (!this.#guards.aboveLatest || s[beside.latest(node, permit)]! < fence) return 1 << permit;
    }
    return 0;
  }

  /** What a newcomer must be above. */
  base(s: Uint8Array, node: number, mode: Mode): number {
    const at = this.#layout;
    return s[at.key(node)] === markerOf(mode) ? s[at.beside!.base(node)]! : s[at.nodeFence(node)]!;
  }

  hold(s: Uint8Array, token: number, round: number, node: number, mode: Mode): void {
    const at = this.#layout;
    const beside = at.beside!;
    if (s[at.key(node)] !== markerOf(mode)) this.#begin(s, node, mode);
    const isLonger = round + 1 > s[beside.hold(token, node)]! || !this.#guards.onlyLengthens;
    if (isLonger) s[beside.hold(token, node)] = round + 1;
  }

  /** A period of holding together begins above everything before it. */
  #begin(s: Uint8Array, node: number, mode: Mode): void {
    const at = this.#layout;
    if (this.#guards.marker) s[at.key(node)] = markerOf(mode);
    s[at.keyFull(node)] = 0;
    s[at.keyClaim(node)] = 0;
    s[at.beside!.base(node)] = s[at.nodeFence(node)]!;
  }

  /** The fencing token of a number never falls. */
  give(s: Uint8Array, token: number, node: number, permits: number, fence: number): void {
    const at = this.#layout;
    const beside = at.beside!;
    for (let permit = 0; permit < beside.permits; permit++) {
      if (s[beside.latestHolder(node, permit)] === token + 1) s[beside.latestHolder(node, permit)] = 0;
      if ((permits & (1 << permit)) === 0) continue;
      s[beside.latestHolder(node, permit)] = token + 1;
      s[beside.latest(node, permit)] = Math.max(s[beside.latest(node, permit)]!, fence);
    }
  }

  /** The last one takes the marker away. */
  drop(s: Uint8Array, token: number, node: number): void {
    const at = this.#layout;
    s[at.beside!.hold(token, node)] = 0;
    for (let other = 0; other < at.tokens; other++) if (this.holds(s, other, node)) return;
    this.endPeriod(s, node);
  }

  endPeriod(s: Uint8Array, node: number): void {
    const at = this.#layout;
    const beside = at.beside!;
    s[at.key(node)] = 0;
    s[beside.base(node)] = 0;
    for (let permit = 0; permit < beside.permits; permit++) {
      s[beside.latest(node, permit)] = 0;
      s[beside.latestHolder(node, permit)] = 0;
    }
  }
}

export function markerOf(mode: Mode): number {
  return mode === "permits" ? Marker.permits : Marker.shared;
}
