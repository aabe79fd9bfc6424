/** What a caller does: asks, hears, extends, gives up. Each changes the state in place. */
import type { Guards } from "./guards.ts";
import type { Holding } from "./holding.ts";
import { Answer, Phase, type Layout } from "./layout.ts";
import { Order } from "./order.ts";

export class CallerSteps {
  readonly #layout: Layout;
  readonly #guards: Guards;
  readonly #holding: Holding;
  readonly #order: Order;

  constructor(layout: Layout, guards: Guards, holding: Holding) {
    this.#layout = layout;
    this.#guards = guards;
    this.#holding = holding;
    this.#order = new Order(layout);
  }

  /** An attempt begins when the caller's one before it has ended. */
  canStart(s: Uint8Array, token: number): boolean {
    const at = this.#layout;
    if (s[at.phase(token)] !== Phase.idle) return false;
    return token % at.shape.attempts === 0 || s[at.phase(token - 1)] === Phase.ended;
  }

  /** `start`: at which number a try for permits begins. */
  ask(s: Uint8Array, token: number, fence: number, start: number): void {
    const at = this.#layout;
    if (at.beside !== undefined) s[at.beside.start(token)] = start;
    s[at.phase(token)] = Phase.trying;
    s[at.fence(token, s[at.sent(token)]!)] = fence;
    s[at.sent(token)]!++;
    s[at.asked(token)]!++;
  }

  extend(s: Uint8Array, token: number): void {
    const at = this.#layout;
    s[at.fence(token, s[at.sent(token)]!)] = s[at.wonFence(token)]!;
    s[at.sent(token)]!++;
  }

  /** Others may share it from here on, before any node has heard of that. */
  share(s: Uint8Array, token: number): void {
    s[this.#layout.beside!.sharedFrom(token)] = s[this.#layout.sent(token)]! + 1;
    this.extend(s, token);
  }

  end(s: Uint8Array, token: number, nextFence: number): void {
    const at = this.#layout;
    for (let node = 0; at.beside !== undefined && node < at.shape.nodes; node++) {
      s[at.beside.buries(token, node)] = this.#isUnsettled(s, token, node) ? 1 : 0;
    }
    s[at.rolledBack(token)] = s[at.phase(token)] === Phase.trying ? 1 : 0;
    s[at.nextFence(token)] = nextFence;
    s[at.phase(token)] = Phase.ended;
    this.#holding.forget(s, token);
  }

  /** Whether something that asked, or a heal, may still come to run. */
  #isUnsettled(s: Uint8Array, token: number, node: number): boolean {
    const at = this.#layout;
    const isHeard =
      at.mode(token) === "exclusive" || s[at.beside!.heard(token, node)] === (1 << s[at.asked(token)]!) - 1;
    return !isHeard || s[at.healed(token, node)]! > 0;
  }

  /** What the caller hears of a node's answer. */
  hear(s: Uint8Array, token: number, round: number, node: number): void {
    const at = this.#layout;
    const answer = s[at.answer(token, node, round)]!;
    const fence = s[at.answerFence(token, node, round)]!;
    const [kind, life, isOld] = [answer & 7, (answer >> 3) & 7, answer >= 64];
    this.#clear(s, token, round, node);
    const phase = s[at.phase(token)]!;
    if (phase !== Phase.trying && phase !== Phase.held) return;
    if (at.mode(token) !== "exclusive" && round < s[at.asked(token)]!) s[at.beside!.heard(token, node)]! |= 1 << round;
    if (kind === Answer.held || kind === Answer.granted) s[at.known(token, node)] = life * 2 + (isOld ? 1 : 0) + 1;
    if (kind === Answer.granted) this.#hearGrant(s, token, round, node, life, isOld, fence);
    if (phase !== Phase.held) return;
    if (kind === Answer.lost) this.#disown(s, token, node);
    if (kind === Answer.confirmed) this.#hearConfirmation(s, token, round, node, life, isOld);
    this.#holding.loseIfInvalid(s, token);
  }

  /** What a waiter hears of a hand-over: valid for a claim, from when the place that it names was sent. */
  hearHandOver(s: Uint8Array, token: number, node: number): void {
    const at = this.#layout;
    const number = s[at.toldRound(token, node)]!;
    const fence = s[at.toldFence(token, node)]!;
    const life = s[at.toldLife(token, node)]!;
    for (const field of [at.toldRound, at.toldFence, at.toldLife]) s[field(token, node)] = 0;
    if (s[at.phase(token)] !== Phase.trying) return;
    if (this.#guards.lifeOfMessage && s[at.known(token, node)] !== life * 2 + 2) return;
    const count = this.#guards.claimIsShort ? at.countClaim : at.countFull;
    s[count(token, node)] = this.#boundOf(number);
    s[at.countFence(token, node)] = fence;
    s[at.admittedLife(token, node)] = life;
    this.#winIfEnough(s, token, fence);
  }

  #hearGrant(s: Uint8Array, token: number, round: number, node: number, life: number, isOld: boolean, fence: number) {
    const at = this.#layout;
    if (s[at.isDoubtful(token, node)] === 1) return;
    if ((!isOld && this.#guards.memoryAgeAtAcquire) || this.#isStray(s, token, fence)) {
      this.#disown(s, token, node);
      return;
    }
    const bound = this.#boundOf(round + 1);
    s[at.countFull(token, node)] = Math.max(bound, s[at.countFull(token, node)]!);
    s[at.countFence(token, node)] = fence;
    s[at.admittedLife(token, node)] = life;
    if (s[at.phase(token)] === Phase.trying) this.#winIfEnough(s, token, fence);
  }

  /** `agreed`: what a quorum must have granted alike, a fencing token, or which permits. */
  #winIfEnough(s: Uint8Array, token: number, agreed: number): void {
    const at = this.#layout;
    const hasPermits = at.mode(token) === "permits";
    const mustAgree = hasPermits ? this.#guards.samePermits : this.#guards.oneToken;
    if (!this.#holding.isValid(s, token, mustAgree ? agreed : undefined)) return;
    const fence = hasPermits ? s[at.fence(token, 0)]! : agreed;
    s[at.phase(token)] = Phase.held;
    s[at.wonFence(token)] = fence;
    if (hasPermits) {
      s[at.beside!.won(token)] = agreed;
      for (let node = 0; node < at.shape.nodes; node++) {
        if (this.#holding.counts(s, token, node) && this.#isStray(s, token, s[at.countFence(token, node)]!))
          this.#disown(s, token, node);
      }
    }
    // Where any numbers will do they are nobody's.
    if (mustAgree || !hasPermits) this.#order.noteWin(s, token, fence);
  }

  /** Whether these are other permits than those that were won. */
  #isStray(s: Uint8Array, token: number, permits: number): boolean {
    const at = this.#layout;
    if (at.mode(token) !== "permits" || s[at.phase(token)] !== Phase.held || !this.#guards.samePermits) return false;
    return permits !== s[at.beside!.won(token)];
  }

  #hearConfirmation(s: Uint8Array, token: number, round: number, node: number, life: number, isOld: boolean): void {
    const at = this.#layout;
    const wasCounted = s[at.countFull(token, node)]! + s[at.countClaim(token, node)]! > 0;
    const isSameLife = !wasCounted || s[at.admittedLife(token, node)] === life;
    const isGuarded = this.#guards.memoryAgeAtExtend;
    const isOriginal = s[at.isDoubtful(token, node)] === 0 && (!isGuarded || (isSameLife && (wasCounted || isOld)));
    if (isOriginal) {
      s[at.countFull(token, node)] = Math.max(this.#boundOf(round + 1), s[at.countFull(token, node)]!);
      s[at.admittedLife(token, node)] = life;
      s[at.answer(token, node, round)] = Answer.original;
    } else {
      this.#disown(s, token, node);
      if (isOld || !isGuarded) s[at.answer(token, node, round)] = Answer.doubtful + 8 * life;
    }
    this.#admitDoubtful(s, token, round);
  }

  /** Once enough nodes that never lost the key have confirmed a round, the others that confirmed it count too. */
  #admitDoubtful(s: Uint8Array, token: number, round: number): void {
    const at = this.#layout;
    const { nodes } = at.shape;
    let originals = 0;
    for (let node = 0; node < nodes; node++) {
      if ((s[at.answer(token, node, round)]! & 7) === Answer.original) originals++;
    }
    if (originals < this.#holding.quorum) return;
    for (let node = 0; node < nodes; node++) {
      const answer = s[at.answer(token, node, round)]!;
      if ((answer & 7) !== Answer.doubtful) continue;
      s[at.answer(token, node, round)] = Answer.none;
      s[at.isDoubtful(token, node)] = 0;
      s[at.admittedLife(token, node)] = (answer >> 3) & 7;
      s[at.countFull(token, node)] = this.#boundOf(round + 1);
    }
  }

  #disown(s: Uint8Array, token: number, node: number): void {
    const at = this.#layout;
    s[at.isDoubtful(token, node)] = 1;
    s[at.countFull(token, node)] = 0;
    s[at.countClaim(token, node)] = 0;
  }

  #boundOf(round: number): number {
    return this.#guards.boundFromSend ? round : this.#layout.mostRounds + 1;
  }

  #clear(s: Uint8Array, token: number, round: number, node: number): void {
    s[this.#layout.answer(token, node, round)] = Answer.none;
    s[this.#layout.answerFence(token, node, round)] = 0;
  }
}
