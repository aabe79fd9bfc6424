/** A node of the model that is sent messages. */
import { BesideLife } from "../../src/protocol/beside-life.ts";
import { BesideSteps } from "../../src/protocol/beside-steps.ts";
import type { Guards } from "../../src/protocol/guards.ts";
import { Answer, Layout, Phase } from "../../src/protocol/layout.ts";
import { all, type Message, modes, node, permits, rounds, type Seen, wonBy } from "./messages.ts";

export class InModel {
  readonly #layout: Layout;
  readonly #steps: BesideSteps;
  readonly #life: BesideLife;
  readonly #s: Uint8Array;
  readonly #fencesOf: readonly (readonly number[])[];

  constructor(fencesOf: readonly (readonly number[])[], hasLine: boolean, guards: Guards) {
    this.#fencesOf = fencesOf;
    const shape = {
      nodes: 1,
      attempts: 1,
      rounds: all.map(() => rounds),
      highestFence: 100,
      losses: 200,
      modes,
      permits,
    };
    this.#layout = new Layout(shape);
    this.#steps = new BesideSteps(this.#layout, guards, hasLine);
    this.#life = new BesideLife(this.#layout, guards, this.#steps, this.#steps.holders);
    this.#s = new Uint8Array(this.#layout.size);
    const [at, s] = [this.#layout, this.#s];
    for (const token of all) {
      s[at.asked(token)] = rounds;
      s[at.wonFence(token)] = fencesOf[token]![0]!;
      s[at.nextFence(token)] = fencesOf[token]![rounds - 1]! + 1;
      if (modes[token] === "permits") s[at.beside!.won(token)] = 1 << wonBy(token);
    }
  }

  run(each: Message): Seen {
    const [at, s, { token, round }] = [this.#layout, this.#s, each];
    const beside = at.beside!;
    const asked = this.#fencesOf[token]!;
    for (const [index, fence] of asked.entries()) s[at.fence(token, index)] = fence;
    s[beside.sharedFrom(token)] = modes[token] === "exclusive" && each.isShared && each.kind !== "ask" ? 1 : 0;
    s[beside.start(token)] = each.start;
    s[beside.buries(token, node)] = each.buries ? 1 : 0;
    s[at.rolledBack(token)] = each.buries ? 1 : 0;
    let answer = "";
    if (each.kind === "ask" || each.kind === "extend") {
      s[at.phase(token)] = Phase.trying;
      if (each.kind === "extend") s[at.fence(token, round)] = asked[0]!;
      this.#steps[each.kind](s, token, round, node);
      answer = this.#answer(token, round);
      s[at.phase(token)] = Phase.idle;
    } else if (each.kind === "heal") {
      s[at.healed(token, node)] = rounds;
      this.#steps.heal(s, token, node);
      s[at.healed(token, node)] = 0;
    } else if (each.kind === "finish") this.#steps.finish(s, token, node);
    else if (each.kind === "holdEnds") this.#life.expireHold(s, token, node);
    else this.#life[each.kind](s, node);
    const held = s[at.key(node)]!;
    const marker = held === 254 ? "shared" : "permits";
    return {
      answer,
      key: held >= 254 ? `${marker} ${s[beside.base(node)]!}` : held === 0 ? "" : String(held - 1),
      fence: s[at.nodeFence(node)]!,
      buried: s[at.buried(node)]!,
      holders: all.filter((other) => this.#steps.holders.holds(s, other, node)),
      tokensBuried: all.filter((other) => s[beside.isBuried(other, node)] === 1),
      numbers: Array.from({ length: permits }, (_, permit) => {
        const holder = s[beside.latestHolder(node, permit)]! - 1;
        return `${s[beside.latest(node, permit)]!} ${holder < 0 ? "" : holder}`;
      }),
      waiting: all.filter((other) => s[at.place(other, node)]! > 0),
    };
  }

  #answer(token: number, round: number): string {
    const [at, s] = [this.#layout, this.#s];
    const kind = s[at.answer(token, node, round)]! & 7;
    const told = s[at.answerFence(token, node, round)]!;
    s[at.answer(token, node, round)] = 0;
    s[at.answerFence(token, node, round)] = 0;
    s[at.known(token, node)] = 0;
    if (kind === Answer.granted) return modes[token] === "permits" ? `granted ${told}` : "granted";
    if (kind === Answer.none || kind === Answer.held) return "refused";
    return kind === Answer.confirmed ? "confirmed" : "lost";
  }
}
