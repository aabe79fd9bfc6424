/** What a node does for who shares, or has some of K permits: the rules of the library's lua/beside.lua. */
import type { Mode } from "./beside-layout.ts";
import type { Guards } from "./guards.ts";
import { Holders, markerOf } from "./holders.ts";
import { Answer, type Layout } from "./layout.ts";
import { NodeSteps } from "./node-steps.ts";

export class BesideSteps extends NodeSteps {
  readonly holders: Holders;

  constructor(layout: Layout, guards: Guards, hasLine: boolean) {
    super(layout, guards, hasLine);
    this.holders = new Holders(layout, guards);
  }

  /** How the token is held by now; what was exclusive is shared from `share()` on. */
  mode(s: Uint8Array, token: number): Mode {
    return s[this.layout.beside!.sharedFrom(token)]! > 0 ? "shared" : this.layout.mode(token);
  }

  override has(s: Uint8Array, token: number, node: number): boolean {
    return super.has(s, token, node) || this.holders.holds(s, token, node);
  }

  override serves(s: Uint8Array, token: number, node: number): boolean {
    const won = s[this.layout.beside!.won(token)]!;
    return (
      this.has(s, token, node) &&
      (won === 0 || !this.guards.samePermits || this.holders.permitsOf(s, token, node) === won)
    );
  }

  override hasMore(s: Uint8Array, token: number, node: number): boolean {
    const permits = this.holders.permitsOf(s, token, node);
    return (permits & (permits - 1)) !== 0;
  }

  override isOver(s: Uint8Array, token: number, node: number): boolean {
    const { layout: at } = this;
    const beside = at.beside!;
    const mode = this.mode(s, token);
    if (mode === "exclusive") return super.isOver(s, token, node);
    if (this.has(s, token, node) || s[at.place(token, node)]! > 0) return false;
    const fence = this.highestAsked(s, token);
    const isBeneath = fence <= s[at.buried(node)]! || (!this.hasLine && fence < s[at.nodeFence(node)]!);
    if (mode === "shared" && !isBeneath) return false;
    if (s[beside.isBuried(token, node)] === 1) return true;
    if (s[at.healed(token, node)]! > 0) return false;
    const isHeard = s[beside.heard(token, node)] === (1 << s[at.asked(token)]!) - 1;
    return isHeard || s[beside.sharedFrom(token)]! > 0 || (!this.hasLine && fence <= this.holders.base(s, node, mode));
  }

  override markOver(s: Uint8Array, token: number, node: number): void {
    super.markOver(s, token, node);
    const beside = this.layout.beside!;
    if (this.mode(s, token) === "exclusive") return;
    s[beside.isBuried(token, node)] = 1;
    if (s[this.layout.lossesLeft] === 0) {
      s[beside.heard(token, node)] = 0;
      s[beside.buries(token, node)] = 0;
    }
    for (let permit = 0; permit < beside.permits; permit++) {
      if (s[beside.latestHolder(node, permit)] === token + 1) s[beside.latestHolder(node, permit)] = 0;
    }
  }

  override ask(s: Uint8Array, token: number, round: number, node: number): void {
    const { layout: at, guards } = this;
    const mode = at.mode(token);
    if (mode === "exclusive") {
      super.ask(s, token, round, node);
      return;
    }
    const fence = s[at.fence(token, round)]!;
    if (guards.buriesToken && s[at.beside!.isBuried(token, node)] === 1) return;
    if (this.#isOthers(s, token, node, mode)) {
      this.#refuse(s, token, round, node);
      return;
    }
    const isOurs = this.holders.holds(s, token, node);
    let permits = 0;
    if (mode === "permits") {
      permits = isOurs ? this.holders.permitsOf(s, token, node) : this.holders.choose(s, token, node, fence);
      if (permits === 0) return;
    }
    if (!isOurs && this.#hasElder(s, token, node)) {
      this.#refuse(s, token, round, node);
      return;
    }
    if (guards.aboveBase && !isOurs && fence <= this.holders.base(s, node, mode)) return;
    this.holders.give(s, token, node, permits, fence);
    this.holders.hold(s, token, round, node, mode);
    s[at.nodeFence(node)] = Math.max(s[at.nodeFence(node)]!, fence);
    s[at.place(token, node)] = 0;
    this.answer(s, token, round, node, Answer.granted, mode === "permits" ? permits : fence);
  }

  override extend(s: Uint8Array, token: number, round: number, node: number): void {
    const { layout: at } = this;
    const beside = at.beside!;
    const sharedFrom = s[beside.sharedFrom(token)]!;
    const isShare = sharedFrom > 0 && round + 1 >= sharedFrom;
    const first = at.mode(token);
    if (first === "exclusive" && !isShare) {
      super.extend(s, token, round, node);
      return;
    }
    const mode = isShare ? "shared" : first;
    const isAlone = s[at.key(node)] === token + 1;
    const isSame =
      !this.guards.ownPermits || mode !== "permits" || this.holders.permitsOf(s, token, node) === s[beside.won(token)];
    if (!isSame || (!(isShare && isAlone) && !this.holders.holds(s, token, node))) {
      this.answer(s, token, round, node, Answer.lost, 0);
      return;
    }
    s[at.nodeFence(node)] = Math.max(s[at.nodeFence(node)]!, s[at.wonFence(token)]!);
    this.holders.hold(s, token, round, node, mode);
    this.answer(s, token, round, node, Answer.confirmed, 0);
  }

  override heal(s: Uint8Array, token: number, node: number): void {
    const { layout: at, guards } = this;
    const beside = at.beside!;
    const healed = s[at.healed(token, node)]!;
    const first = at.mode(token);
    const isShared = s[beside.sharedFrom(token)]! > 0 && s[beside.sharedFrom(token)]! <= healed;
    if (first === "exclusive" && !isShared) {
      super.heal(s, token, node);
      return;
    }
    const mode = isShared ? "shared" : first;
    if (guards.buriesToken && s[beside.isBuried(token, node)] === 1) return;
    if (this.#isOthers(s, token, node, mode)) return;
    const permits = mode === "permits" ? s[beside.won(token)]! : 0;
    if (guards.ownPermits && (permits & this.holders.takenByOthers(s, token, node)) !== 0) {
      this.holders.drop(s, token, node);
      return;
    }
    this.holders.give(s, token, node, permits, s[at.wonFence(token)]!);
    this.holders.hold(s, token, healed - 1, node, mode);
    s[at.nodeFence(node)] = Math.max(s[at.nodeFence(node)]!, s[at.wonFence(token)]!);
  }

  override finish(s: Uint8Array, token: number, node: number): void {
    const { layout: at } = this;
    const beside = at.beside!;
    const mode = this.mode(s, token);
    if (mode === "exclusive") {
      super.finish(s, token, node);
      return;
    }
    s[at.finished(token, node)] = 1;
    const isAlone = s[at.key(node)] === token + 1;
    const isOurs = isAlone || this.holders.holds(s, token, node);
    const wasFree = s[at.key(node)] === 0;
    if (isAlone) s[at.key(node)] = 0;
    else if (isOurs) this.holders.drop(s, token, node);
    if (s[beside.buries(token, node)] === 1 || !isOurs) {
      s[beside.isBuried(token, node)] = 1;
      if (mode === "shared") s[at.buried(node)] = Math.max(s[at.buried(node)]!, this.highestAsked(s, token));
    }
    if (this.guards.placeEnds) s[at.place(token, node)] = 0;
    if (wasFree || (isOurs && s[at.key(node)] === 0)) this.handOver(s, token, node);
  }

  #isOthers(s: Uint8Array, token: number, node: number, mode: Mode): boolean {
    const key = s[this.layout.key(node)]!;
    return key !== 0 && key !== token + 1 && key !== markerOf(mode);
  }

  #hasElder(s: Uint8Array, token: number, node: number): boolean {
    const { layout: at } = this;
    if (!this.hasLine) return false;
    for (let other = 0; other < token; other++) {
      if (s[at.place(other, node)]! > 0 && at.mode(other) === "exclusive") return true;
    }
    return false;
  }

  #refuse(s: Uint8Array, token: number, round: number, node: number): void {
    if (!this.hasLine) return;
    s[this.layout.place(token, node)] = round + 1;
    this.answer(s, token, round, node, Answer.held, 0);
  }
}
