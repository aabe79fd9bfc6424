/**
 * The protocol as a model: every step that anybody can take in a state. Messages are late without bound, lost, repeated
 * and out of order: what was sent once may run on a node at any later time, and as often as it likes. Time is what the
 * bounds leave: a key may end at any moment after its holder's own bound, and never before.
 */
import type { Emit, Model } from "../explore/explore.ts";
import { CallerSteps } from "./caller-steps.ts";
import type { Guards } from "./guards.ts";
import { Holding } from "./holding.ts";
import { Answer, Layout, Phase, type Shape } from "./layout.ts";
import { NodeSteps } from "./node-steps.ts";

export interface Features {
  /** Whether waiters stand in line, and a release hands the lock over. */
  readonly line: boolean;
  /** Whether a holder makes its key again on a node that lost it. */
  readonly heal: boolean;
  /** Whether an answer may be heard at any later time, or never; otherwise it is heard at once. */
  readonly lateAnswers: boolean;
}

type Step = (s: Uint8Array) => boolean | void;

export class Protocol implements Model {
  readonly layout: Layout;
  readonly size: number;
  readonly initial: Uint8Array;
  readonly #features: Features;
  readonly #holding: Holding;
  readonly #nodes: NodeSteps;
  readonly #callers: CallerSteps;
  readonly #next: Uint8Array;

  constructor(shape: Shape, features: Features, guards: Guards) {
    const layout = new Layout(shape);
    this.layout = layout;
    this.size = layout.size;
    this.#features = features;
    this.#holding = new Holding(layout, guards);
    this.#nodes = new NodeSteps(layout, guards, features.line);
    this.#callers = new CallerSteps(layout, guards, this.#holding);
    this.#next = new Uint8Array(layout.size);
    this.initial = new Uint8Array(layout.size);
    this.initial[layout.lossesLeft] = shape.losses;
    for (let node = 0; node < shape.nodes; node++) this.initial[layout.isOld(node)] = 1;
  }

  steps(s: Uint8Array, emit: Emit): void {
    for (let token = 0; token < this.layout.tokens; token++) {
      this.#callerSteps(s, token, emit);
      for (let node = 0; node < this.layout.shape.nodes; node++) this.#messages(s, token, node, emit);
    }
    for (let node = 0; node < this.layout.shape.nodes; node++) this.#nodeSteps(s, node, emit);
  }

  violation(s: Uint8Array): string | undefined {
    if (this.#callers.orderBroken) {
      this.#callers.orderBroken = false;
      return "a later holder has a fencing token that is not higher";
    }
    const at = this.layout;
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
    const { nodeStart, nodeWidth, shape } = this.layout;
    for (let last = shape.nodes - 1; last > 0; last--) {
      for (let node = 0; node < last; node++) {
        const start = nodeStart + node * nodeWidth;
        let i = 0;
        while (i < nodeWidth && s[start + i] === s[start + nodeWidth + i]) i++;
        if (i < nodeWidth && s[start + i]! > s[start + nodeWidth + i]!) swap(s, start, nodeWidth);
      }
    }
  }

  #relies(s: Uint8Array, token: number, node: number): boolean {
    const at = this.layout;
    return this.#holding.counts(s, token, node) && s[at.admittedLife(token, node)] === s[at.life(node)];
  }

  #callerSteps(s: Uint8Array, token: number, emit: Emit): void {
    const at = this.layout;
    const { highestFence } = at.shape;
    const rounds = at.shape.rounds[at.caller(token)]!;
    const phase = s[at.phase(token)]!;
    const sent = s[at.sent(token)]!;
    const caller = callerName(at.caller(token));
    if (this.#callers.canStart(s, token)) {
      // A node that lost its fences is covered by the callers' clocks: who asks later proposes more.
      const byClock = at.shape.losses > 0 ? this.#highestProposed(s) + 1 : undefined;
      for (let fence = byClock ?? 1; fence <= (byClock ?? highestFence); fence++) {
        this.#try(
          s,
          emit,
          (n) => this.#callers.ask(n, token, fence),
          () => `${caller} asks all nodes, token ${token}, fencing token ${fence}`,
        );
      }
    }
    if (phase === Phase.trying && this.#features.line && sent < rounds) {
      for (let fence = s[at.fence(token, sent - 1)]!; fence <= highestFence; fence++) {
        this.#try(
          s,
          emit,
          (n) => this.#callers.ask(n, token, fence),
          () => `${caller} asks again, fencing token ${fence} (round ${sent})`,
        );
      }
    }
    if (phase === Phase.held && sent < rounds) {
      this.#try(
        s,
        emit,
        (n) => this.#callers.extend(n, token),
        () => `${caller} extends (round ${sent})`,
      );
    }
    if (phase === Phase.trying || phase === Phase.held) {
      this.#try(
        s,
        emit,
        (n) => this.#passFull(n, token),
        () => `${caller}: the TTL of round ${s[at.fullOver(token)]!} is over`,
      );
      if (this.#features.line)
        this.#try(
          s,
          emit,
          (n) => this.#passClaim(n, token),
          () => `${caller}: the claim of round ${s[at.claimOver(token)]!} is over`,
        );
    }
    if (phase !== Phase.idle && phase !== Phase.ended) this.#ends(s, token, caller, emit);
  }

  #highestProposed(s: Uint8Array): number {
    const at = this.layout;
    let highest = 0;
    for (let token = 0; token < at.tokens; token++) {
      for (let round = 0; round < s[at.asked(token)]!; round++) highest = Math.max(highest, s[at.fence(token, round)]!);
      highest = Math.max(highest, s[at.nextFence(token)]!);
    }
    return highest;
  }

  #ends(s: Uint8Array, token: number, caller: string, emit: Emit): void {
    const at = this.layout;
    const verb = s[at.phase(token)] === Phase.trying ? "gives up" : "releases";
    const first = this.#features.line ? s[at.fence(token, 0)]! + 1 : at.shape.highestFence + 1;
    for (let next = first; next <= at.shape.highestFence + 1; next++) {
      const proposed = next > at.shape.highestFence ? 0 : next;
      this.#try(
        s,
        emit,
        (n) => this.#callers.end(n, token, proposed),
        () => `${caller} ${verb}${proposed > 0 ? `, proposing ${proposed} for the next` : ""}`,
      );
    }
  }

  #passFull(s: Uint8Array, token: number): boolean {
    const at = this.layout;
    const over = s[at.fullOver(token)]!;
    if (over >= s[at.sent(token)]!) return false;
    if (this.#features.line && over >= s[at.claimOver(token)]!) return false;
    s[at.fullOver(token)]!++;
    if (!this.#features.line) s[at.claimOver(token)]!++;
    this.#holding.loseIfInvalid(s, token);
    return true;
  }

  #passClaim(s: Uint8Array, token: number): boolean {
    const at = this.layout;
    if (s[at.claimOver(token)]! >= s[at.sent(token)]!) return false;
    s[at.claimOver(token)]!++;
    this.#holding.loseIfInvalid(s, token);
    return true;
  }

  #messages(s: Uint8Array, token: number, node: number, emit: Emit): void {
    const at = this.layout;
    const phase = s[at.phase(token)]!;
    const whose = `token ${token}`;
    for (let round = 0; round < s[at.sent(token)]!; round++) {
      const isAsk = round < s[at.asked(token)]!;
      const runs: Step = isAsk
        ? (n) => this.#nodes.ask(n, token, round, node)
        : (n) => this.#nodes.extend(n, token, round, node);
      const run: Step = (n) => {
        runs(n);
        if (!this.#features.lateAnswers && isNews(n[at.answer(token, node, round)]!))
          this.#callers.hear(n, token, round, node);
      };
      this.#try(s, emit, run, () => `node ${node} runs round ${round} of ${whose}`);
      if (isNews(s[at.answer(token, node, round)]!) && (phase === Phase.trying || phase === Phase.held)) {
        this.#try(
          s,
          emit,
          (n) => this.#callers.hear(n, token, round, node),
          () => `${whose} hears node ${node}'s answer to round ${round}`,
        );
      }
    }
    if (s[at.toldRound(token, node)]! > 0 && phase === Phase.trying) {
      this.#try(
        s,
        emit,
        (n) => this.#callers.hearHandOver(n, token, node),
        () => `${whose} hears that node ${node} handed it the lock`,
      );
    }
    if (phase === Phase.ended)
      this.#try(
        s,
        emit,
        (n) => this.#nodes.finish(n, token, node),
        () => `node ${node} runs the end of ${whose}`,
      );
    this.#heals(s, token, node, emit);
  }

  #heals(s: Uint8Array, token: number, node: number, emit: Emit): void {
    const at = this.layout;
    if (!this.#features.heal) return;
    if (s[at.healed(token, node)]! > 0) {
      this.#try(
        s,
        emit,
        (n) => this.#nodes.heal(n, token, node),
        () => `node ${node} runs the heal of token ${token}`,
      );
    } else if (
      s[at.phase(token)] === Phase.held &&
      s[at.isDoubtful(token, node)] === 1 &&
      this.#holding.isValid(s, token)
    ) {
      const round = s[at.sent(token)]!;
      this.#try(
        s,
        emit,
        (n) => void (n[at.healed(token, node)] = round),
        () => `token ${token} sends node ${node} a heal`,
      );
    }
  }

  #nodeSteps(s: Uint8Array, node: number, emit: Emit): void {
    const at = this.layout;
    this.#try(
      s,
      emit,
      (n) => this.#nodes.expire(n, node),
      () => `node ${node}: the key ends`,
    );
    this.#try(
      s,
      emit,
      (n) => this.#nodes.ripen(n, node),
      () => `node ${node}: the guard's time is over`,
    );
    if (s[at.lossesLeft]! > 0) {
      this.#try(
        s,
        emit,
        (n) => {
          n[at.lossesLeft]!--;
          this.#nodes.forget(n, node);
        },
        () => `node ${node} loses its memory`,
      );
    }
  }

  /** A step that changes nothing is none; the store would know it, but this is cheaper. */
  #try(s: Uint8Array, emit: Emit, step: Step, describe: () => string): void {
    this.#next.set(s);
    if (step(this.#next) === false) return;
    emit(this.#next, describe);
  }
}

function callerName(caller: number): string {
  return String.fromCharCode("A".charCodeAt(0) + caller);
}

/** An answer of which the caller has not heard. */
function isNews(answer: number): boolean {
  const kind = answer & 7;
  return kind !== Answer.none && kind !== Answer.original && kind !== Answer.doubtful;
}

function swap(s: Uint8Array, start: number, width: number): void {
  for (let i = start; i < start + width; i++) {
    const kept = s[i]!;
    s[i] = s[i + width]!;
    s[i + width] = kept;
  }
}
