/** What a node does with a message, in one atomic step. Each changes the state in place. */
import type { Guards } from "./guards.ts";
import { Answer, isPending, type Layout } from "./layout.ts";

export class NodeSteps {
  protected readonly layout: Layout;
  protected readonly guards: Guards;
  protected readonly hasLine: boolean;

  constructor(layout: Layout, guards: Guards, hasLine: boolean) {
    this.layout = layout;
    this.guards = guards;
    this.hasLine = hasLine;
  }

  /** What the node sees as the token: an attempt's own, or, without fresh tokens, that of the caller's first attempt. */
  name(token: number): number {
    return this.guards.freshToken ? token : token - (token % this.layout.shape.attempts);
  }

  /** Whether anything of the token is on the node. */
  has(s: Uint8Array, token: number, node: number): boolean {
    return s[this.layout.key(node)] === this.name(token) + 1;
  }

  /** Whether all is there that its holder won. */
  serves(s: Uint8Array, token: number, node: number): boolean {
    return this.has(s, token, node);
  }

  /** Whether the token keeps more from others than it asked for. */
  hasMore(_state: Uint8Array, _token: number, _node: number): boolean {
    return false;
  }

  /** Whether nothing that an ended attempt has sent, but for its end, does anything on the node any more, nor that to others. */
  isOver(s: Uint8Array, token: number, node: number): boolean {
    const at = this.layout;
    if (this.has(s, token, node) || s[at.place(token, node)]! > 0) return false;
    const highest = this.highestAsked(s, token);
    return highest <= s[at.buried(node)]! || (!this.hasLine && highest < s[at.nodeFence(node)]!);
  }

  markOver(s: Uint8Array, token: number, node: number): void {
    const at = this.layout;
    s[at.finished(token, node)] = 1;
    if (s[at.lossesLeft] === 0) s[at.healed(token, node)] = 0;
  }

  ask(s: Uint8Array, token: number, round: number, node: number): void {
    const at = this.layout;
    const fence = s[at.fence(token, round)]!;
    const known = s[at.nodeFence(node)]!;
    if (this.guards.tombstone && fence <= s[at.buried(node)]!) return;
    if (s[at.key(node)] === this.name(token) + 1) {
      if (this.guards.repeatIsStale && fence < known) return;
      this.#keep(s, round, node);
      s[at.nodeFence(node)] = Math.max(known, fence);
      s[at.place(token, node)] = 0;
      this.answer(s, token, round, node, Answer.granted, fence);
      return;
    }
    const isFree = s[at.key(node)] === 0;
    if (!isFree || (this.hasLine && this.firstInLine(s, node, token) !== -1)) {
      if (this.hasLine) s[at.place(token, node)] = round + 1;
      this.answer(s, token, round, node, Answer.held, 0);
      return;
    }
    if (this.guards.fence && fence <= known) return;
    s[at.key(node)] = this.name(token) + 1;
    s[at.keyFull(node)] = 0;
    s[at.keyClaim(node)] = 0;
    this.#keep(s, round, node);
    s[at.nodeFence(node)] = Math.max(known, fence);
    s[at.place(token, node)] = 0;
    this.answer(s, token, round, node, Answer.granted, fence);
  }

  extend(s: Uint8Array, token: number, round: number, node: number): void {
    const at = this.layout;
    const isOurs = s[at.key(node)] === this.name(token) + 1;
    if (!isOurs && this.guards.extendCompares) {
      this.answer(s, token, round, node, Answer.lost, 0);
      return;
    }
    if (!isOurs) s[at.key(node)] = this.name(token) + 1;
    this.#keep(s, round, node);
    s[at.nodeFence(node)] = Math.max(s[at.fence(token, round)]!, s[at.nodeFence(node)]!);
    this.answer(s, token, round, node, Answer.confirmed, 0);
  }

  heal(s: Uint8Array, token: number, node: number): void {
    const at = this.layout;
    const round = s[at.healed(token, node)]! - 1;
    const fence = s[at.wonFence(token)]!;
    const isOurs = s[at.key(node)] === this.name(token) + 1;
    if (!isOurs) {
      if (s[at.key(node)] !== 0) return;
      if (this.guards.fence && fence < s[at.nodeFence(node)]!) return;
      if (this.guards.tombstone && fence <= s[at.buried(node)]!) return;
      s[at.key(node)] = this.name(token) + 1;
      s[at.keyFull(node)] = 0;
      s[at.keyClaim(node)] = 0;
      s[at.nodeFence(node)] = Math.max(fence, s[at.nodeFence(node)]!);
    }
    this.#keep(s, round, node);
  }

  /** Release, rollback, leaving the line: they differ in what they find. */
  finish(s: Uint8Array, token: number, node: number): void {
    const at = this.layout;
    const isOurs = s[at.key(node)] === this.name(token) + 1;
    s[at.finished(token, node)] = 1;
    if (this.guards.placeEnds) s[at.place(token, node)] = 0;
    const buries = this.hasLine || !isOurs || s[at.rolledBack(token)] === 1 || s[at.healed(token, node)]! > 0;
    if (buries) s[at.buried(node)] = Math.max(s[at.buried(node)]!, this.highestAsked(s, token));
    const wasFree = s[at.key(node)] === 0;
    if (isOurs || !this.guards.releaseCompares) s[at.key(node)] = 0;
    if (s[at.key(node)] === 0 && (isOurs || wasFree || !this.guards.releaseCompares)) this.handOver(s, token, node);
  }

  /** The first in line but for `token`, if it stands before it; with -1 as the token, the first of all. */
  firstInLine(s: Uint8Array, node: number, token: number): number {
    const until = token === -1 ? this.layout.tokens : token;
    for (let other = 0; other < until; other++) if (s[this.layout.place(other, node)]! > 0) return other;
    return -1;
  }

  /** Who asks to share, or for a permit, is only called: it comes and asks. */
  protected takesHandOver(token: number): boolean {
    return this.layout.mode(token) === "exclusive";
  }

  protected handOver(s: Uint8Array, from: number, node: number): void {
    const at = this.layout;
    const next = this.firstInLine(s, node, -1);
    if (!this.hasLine || next === -1 || !this.takesHandOver(next)) return;
    const number = s[at.place(next, node)]!;
    const known = s[at.nodeFence(node)]!;
    const asked = s[at.fence(next, number - 1)]!;
    const fence = Math.max(asked, s[at.nextFence(from)]!);
    if (fence > at.shape.highestFence) return;
    if (this.guards.higherForNext && fence <= Math.max(known, s[at.buried(node)]!)) return;
    s[at.key(node)] = this.name(next) + 1;
    s[at.keyFull(node)] = 0;
    s[at.keyClaim(node)] = number;
    s[at.nodeFence(node)] = Math.max(known, fence);
    s[at.place(next, node)] = 0;
    s[at.toldRound(next, node)] = number;
    s[at.toldFence(next, node)] = fence;
    s[at.toldLife(next, node)] = s[at.life(node)]!;
  }

  #keep(s: Uint8Array, round: number, node: number): void {
    const at = this.layout;
    const isLonger = round + 1 > s[at.keyFull(node)]! || !this.guards.onlyLengthens;
    if (isLonger) s[at.keyFull(node)] = round + 1;
  }

  protected answer(s: Uint8Array, token: number, round: number, node: number, kind: number, fence: number): void {
    const at = this.layout;
    if (!isPending(s[at.phase(token)]!) || (kind === Answer.held && !this.hasLine)) return;
    const heard = s[at.answer(token, node, round)]! & 7;
    // What the caller has made of a confirmation stays; a repeat of it says nothing new.
    if (heard === Answer.original || heard === Answer.doubtful) return;
    if (kind === Answer.granted && this.#isHeard(s, token, round, node, fence)) return;
    const known = s[at.life(node)]! * 2 + s[at.isOld(node)]! + 1;
    if (kind === Answer.held && s[at.known(token, node)] === known) return;
    s[at.answer(token, node, round)] = kind + 8 * s[at.life(node)]! + 64 * s[at.isOld(node)]!;
    s[at.answerFence(token, node, round)] = fence;
  }

  /** A repeated grant that the caller counts by already: hearing it again would change nothing. */
  #isHeard(s: Uint8Array, token: number, round: number, node: number, fence: number): boolean {
    const at = this.layout;
    return (
      s[at.countFull(token, node)]! > round &&
      s[at.countFence(token, node)] === fence &&
      s[at.admittedLife(token, node)] === s[at.life(node)]
    );
  }

  protected highestAsked(s: Uint8Array, token: number): number {
    const at = this.layout;
    let highest = 0;
    for (let round = 0; round < s[at.asked(token)]!; round++) highest = Math.max(highest, s[at.fence(token, round)]!);
    return highest;
  }
}
