/**
 * Every step that anybody can take in a state. Messages are late without bound, lost, repeated and out of order: what
 * was sent once may run on a node at any later time, and as often as it likes. Time is what the bounds leave: a key may
 * end at any moment after its holder's own bound, and never before.
 */
import type { Emit } from "../explore/explore.ts";
import type { Features } from "./features.ts";
import type { CallerSteps } from "./caller-steps.ts";
import { CallerTurns } from "./caller-turns.ts";
import type { Holding } from "./holding.ts";
import { Answer, Phase, type Layout } from "./layout.ts";
import type { NodeLife } from "./node-life.ts";
import type { NodeSteps } from "./node-steps.ts";
import { type Step, Trial } from "./trial.ts";

export class Steps {
  readonly #layout: Layout;
  readonly #features: Features;
  readonly #holding: Holding;
  readonly #nodes: NodeSteps;
  readonly #life: NodeLife;
  readonly #callers: CallerSteps;
  readonly #turns: CallerTurns;
  readonly #trial: Trial;

  constructor(
    layout: Layout,
    features: Features,
    holding: Holding,
    nodes: NodeSteps,
    life: NodeLife,
    callers: CallerSteps,
  ) {
    this.#layout = layout;
    this.#features = features;
    this.#holding = holding;
    this.#nodes = nodes;
    this.#life = life;
    this.#callers = callers;
    this.#trial = new Trial(layout.size);
    this.#turns = new CallerTurns(layout, features, holding, callers, this.#trial);
  }

  emitAll(s: Uint8Array, emit: Emit): void {
    this.#trial.begin(s, emit);
    for (let token = 0; token < this.#layout.tokens; token++) {
      this.#turns.emitAll(s, token);
      for (let node = 0; node < this.#layout.shape.nodes; node++) this.#messages(s, token, node);
    }
    for (let node = 0; node < this.#layout.shape.nodes; node++) this.#nodeSteps(s, node);
  }

  #messages(s: Uint8Array, token: number, node: number): void {
    const at = this.#layout;
    const phase = s[at.phase(token)]!;
    const whose = `token ${token}`;
    const isBeside = at.mode(token) !== "exclusive";
    for (let round = 0; round < s[at.sent(token)]!; round++) {
      const isAsk = round < s[at.asked(token)]!;
      if (isAsk && this.#isHeard(s, token, round, node)) continue;
      const runs: Step = isAsk
        ? (n) => this.#nodes.ask(n, token, round, node)
        : (n) => this.#nodes.extend(n, token, round, node);
      const run: Step = (n) => {
        runs(n);
        if (!this.#features.lateAnswers && isNews(n[at.answer(token, node, round)]!))
          this.#callers.hear(n, token, round, node);
      };
      this.#trial.try(run, () => `node ${node} runs round ${round} of ${whose}`);
      if (isAsk && isBeside && this.#features.lostAnswers === true) {
        this.#trial.try(
          (n) => this.#runsUnheard(n, token, round, node),
          () => `node ${node} runs round ${round} of ${whose}, its answer is lost`,
        );
      }
      if (isNews(s[at.answer(token, node, round)]!) && (phase === Phase.trying || phase === Phase.held)) {
        this.#trial.try(
          (n) => this.#callers.hear(n, token, round, node),
          () => `${whose} hears node ${node}'s answer to round ${round}`,
        );
      }
    }
    if (s[at.toldRound(token, node)]! > 0 && phase === Phase.trying) {
      this.#trial.try(
        (n) => this.#callers.hearHandOver(n, token, node),
        () => `${whose} hears that node ${node} handed it the lock`,
      );
    }
    if (phase === Phase.ended)
      this.#trial.try(
        (n) => this.#nodes.finish(n, token, node),
        () => `node ${node} runs the end of ${whose}`,
      );
    this.#heals(s, token, node);
    if (at.beside !== undefined)
      this.#trial.try(
        (n) => this.#life.expireHold(n, token, node),
        () => `node ${node}: the hold of ${whose} ends`,
      );
  }

  /** What asks beside others is sent again by a client only while it has not heard an answer. */
  #isHeard(s: Uint8Array, token: number, round: number, node: number): boolean {
    const at = this.#layout;
    return at.mode(token) !== "exclusive" && (s[at.beside!.heard(token, node)]! & (1 << round)) !== 0;
  }

  #runsUnheard(s: Uint8Array, token: number, round: number, node: number): void {
    const at = this.#layout;
    this.#nodes.ask(s, token, round, node);
    s[at.answer(token, node, round)] = Answer.none;
    s[at.answerFence(token, node, round)] = 0;
  }

  #heals(s: Uint8Array, token: number, node: number): void {
    const at = this.#layout;
    if (!this.#features.heal) return;
    if (s[at.healed(token, node)]! > 0) {
      this.#trial.try(
        (n) => this.#nodes.heal(n, token, node),
        () => `node ${node} runs the heal of token ${token}`,
      );
    } else if (
      s[at.phase(token)] === Phase.held &&
      s[at.isDoubtful(token, node)] === 1 &&
      this.#holding.isValid(s, token)
    ) {
      const round = s[at.sent(token)]!;
      this.#trial.try(
        (n) => void (n[at.healed(token, node)] = round),
        () => `token ${token} sends node ${node} a heal`,
      );
    }
  }

  #nodeSteps(s: Uint8Array, node: number): void {
    const at = this.#layout;
    this.#trial.try(
      (n) => this.#life.expire(n, node),
      () => `node ${node}: the key ends`,
    );
    this.#trial.try(
      (n) => this.#life.ripen(n, node),
      () => `node ${node}: the guard's time is over`,
    );
    if (s[at.lossesLeft]! > 0) {
      this.#trial.try(
        (n) => {
          n[at.lossesLeft]!--;
          this.#life.forget(n, node);
        },
        () => `node ${node} loses its memory`,
      );
    }
  }
}

/** An answer of which the caller has not heard. */
function isNews(answer: number): boolean {
  const kind = answer & 7;
  return kind !== Answer.none && kind !== Answer.original && kind !== Answer.doubtful;
}
