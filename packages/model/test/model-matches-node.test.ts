/**
 * A node of the model does what the simulator's node does, which does what the Lua does on a real server: the same random
 * messages, in any order and repeated, are answered alike and leave the same key, fence, tombstone and line.
 *
 * The model knows no time: keys end where it says so, and everything that the simulator keeps lives for an hour.
 */
import type { Answer as Reply, Operation } from "@quorate/redlock/node";
import fc from "fast-check";
import { expect, test } from "vitest";
import { NodeModel } from "../../testing/src/sim/node-model.ts";
import { ScriptRun } from "../../testing/src/sim/script-run.ts";
import { allGuards, type Guards } from "../src/protocol/guards.ts";
import { Answer, Layout, Phase } from "../src/protocol/layout.ts";
import { NodeLife } from "../src/protocol/node-life.ts";
import { NodeSteps } from "../src/protocol/node-steps.ts";

const callers = 3;
const rounds = 3;
const node = 0;
const hourMs = 3_600_000;
const key = "r";
const startUs = 1_700_000_000_000_000;

interface Round {
  readonly kind: "ask" | "extend";
  readonly token: number;
  readonly round: number;
}

interface OfToken {
  readonly kind: "heal" | "finish";
  readonly token: number;
}

type Message = Round | OfToken | { readonly kind: "expire" } | { readonly kind: "forget" };

const token = fc.nat(callers - 1);
const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("ask" as const), token, round: fc.nat(rounds - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("extend" as const), token, round: fc.nat(rounds - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("heal" as const), token }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("finish" as const), token }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: "expire" as const }, { kind: "forget" as const }) },
);
/** Each caller's fencing tokens, round by round, rising: what it asks with again, it asks with no less. */
const fences = fc.array(
  fc
    .array(fc.integer({ min: 1, max: 9 }), { minLength: rounds, maxLength: rounds })
    .map((drawn) => drawn.toSorted((one, other) => one - other)),
  { minLength: callers, maxLength: callers },
);

/** What is compared: the answer, and what the node has kept. */
interface Seen {
  readonly answer: string;
  readonly holder: number | undefined;
  readonly fence: number;
  readonly buried: number;
  readonly waiting: readonly number[];
}

class InModel {
  readonly #layout: Layout;
  readonly #steps: NodeSteps;
  readonly #life: NodeLife;
  readonly #s: Uint8Array;
  readonly #fences: readonly (readonly number[])[];

  constructor(fencesOf: readonly (readonly number[])[], hasLine: boolean, guards: Guards) {
    const shape = { nodes: 1, attempts: 1, rounds: Array(callers).fill(rounds), highestFence: 100, losses: 200 };
    this.#layout = new Layout(shape);
    this.#steps = new NodeSteps(this.#layout, guards, hasLine);
    this.#life = new NodeLife(this.#layout, this.#steps);
    this.#s = new Uint8Array(this.#layout.size);
    this.#fences = fencesOf;
    for (let each = 0; each < callers; each++) {
      this.#s[this.#layout.asked(each)] = rounds;
      this.#s[this.#layout.wonFence(each)] = fencesOf[each]![0]!;
      this.#s[this.#layout.nextFence(each)] = fencesOf[each]![rounds - 1]! + 1;
      this.#s[this.#layout.healed(each, node)] = rounds;
      this.#s[this.#layout.rolledBack(each)] = 1;
    }
  }

  run(each: Message): Seen {
    const [at, s] = [this.#layout, this.#s];
    let answer = "";
    if (each.kind === "ask" || each.kind === "extend") {
      s[at.phase(each.token)] = Phase.trying;
      const fence = this.#fences[each.token]![each.kind === "ask" ? each.round : 0]!;
      s[at.fence(each.token, each.round)] = fence;
      this.#steps[each.kind](s, each.token, each.round, node);
      answer = this.#answer(each.token, each.round);
      s[at.phase(each.token)] = Phase.idle;
      // The end of an attempt buries the highest that it asked with.
      for (const [round, asked] of this.#fences[each.token]!.entries()) s[at.fence(each.token, round)] = asked;
    } else if (each.kind === "heal") this.#steps.heal(s, each.token, node);
    else if (each.kind === "finish") {
      for (const [round, asked] of this.#fences[each.token]!.entries()) s[at.fence(each.token, round)] = asked;
      this.#steps.finish(s, each.token, node);
    } else this.#life[each.kind](s, node);
    const holder = s[at.key(node)]! - 1;
    const waiting = this.#fences.flatMap((_, other) => (s[at.place(other, node)]! > 0 ? [other] : []));
    return {
      answer,
      holder: holder < 0 ? undefined : holder,
      fence: s[at.nodeFence(node)]!,
      buried: s[at.buried(node)]!,
      waiting,
    };
  }

  #answer(each: number, round: number): string {
    const [at, s] = [this.#layout, this.#s];
    const kind = s[at.answer(each, node, round)]! & 7;
    const fence = s[at.answerFence(each, node, round)]!;
    s[at.answer(each, node, round)] = 0;
    s[at.answerFence(each, node, round)] = 0;
    s[at.known(each, node)] = 0;
    if (kind === Answer.granted) return `granted ${fence}`;
    // Without a line the model does not tell of a refusal, as nothing follows from it.
    if (kind === Answer.none || kind === Answer.held) return "refused";
    return kind === Answer.confirmed ? "confirmed" : "lost";
  }
}

class InSimulator {
  readonly #node = new NodeModel("run", () => startUs / 1000);
  readonly #hasLine: boolean;
  readonly #fences: readonly (readonly number[])[];

  constructor(fencesOf: readonly (readonly number[])[], hasLine: boolean) {
    this.#fences = fencesOf;
    this.#hasLine = hasLine;
  }

  run(each: Message): Seen {
    let answer = "";
    if (each.kind === "expire") this.#node.keyspace.delete(key, startUs / 1000);
    else if (each.kind === "forget") this.#node.flush();
    else {
      const reply = this.#node.execute([this.#operation(each)], "-").reply[3]!;
      if (each.kind === "ask" || each.kind === "extend") answer = this.#answer(each, reply);
    }
    const run = new ScriptRun({
      keyspace: this.#node.keyspace,
      nowMs: startUs / 1000,
      isFull: false,
      life: "",
      listenerCount: () => 1,
    });
    const fence = run.fence(key);
    const holder = run.text(key);
    return {
      answer,
      holder: holder === undefined ? undefined : Number(holder),
      fence: Math.max(0, fence.highest - startUs),
      buried: Math.max(0, fence.buried - startUs),
      waiting: fence.hasLine ? run.places(fence).map(({ token: waiting }) => Number(waiting)) : [],
    };
  }

  #operation(each: Round | OfToken): Operation {
    const asked = this.#fences[each.token]!;
    const rank = { ticket: 1_000 + each.token, waiter: `p.${each.token}` };
    const common = { keys: [key], token: String(each.token), ttlMs: hourMs, fenceRetentionMs: hourMs };
    switch (each.kind) {
      case "ask": {
        const place = { ...rank, keepMs: hourMs, number: each.round, claimMs: hourMs };
        const fence = startUs + asked[each.round]!;
        return { ...common, kind: "acquire", fence, ...(this.#hasLine ? { place } : {}) };
      }
      case "extend":
      case "heal":
        return { ...common, kind: each.kind, fence: startUs + asked[0]! };
      case "finish": {
        const fence = startUs + asked[rounds - 1]!;
        return {
          kind: "release",
          keys: [key],
          token: String(each.token),
          fence,
          bury: true,
          announce: true,
          buryMs: hourMs,
          leaves: rank,
        };
      }
    }
  }

  #answer(each: Round, reply: Reply): string {
    if (each.kind === "extend") return typeof reply === "object" && reply !== null ? "lost" : "confirmed";
    if (typeof reply !== "object" || reply === null) return `granted ${this.#fences[each.token]![each.round]!}`;
    return "refused";
  }
}

function compare(hasLine: boolean, guards: Guards, numRuns: number): void {
  fc.assert(
    fc.property(fences, fc.array(message, { minLength: 1, maxLength: 40 }), (fencesOf, messages) => {
      const model = new InModel(fencesOf, hasLine, guards);
      const simulated = new InSimulator(fencesOf, hasLine);
      for (const each of messages) {
        const [one, other] = [model.run(each), simulated.run(each)];
        // vitest's own comparison costs more than all that is compared.
        if (JSON.stringify(one) !== JSON.stringify(other)) expect(one).toEqual(other);
      }
    }),
    { numRuns },
  );
}

test("without a line", () => compare(false, allGuards, 1_000));
test("in line", () => compare(true, allGuards, 1_000));

test.each([
  "fence",
  "tombstone",
  "releaseCompares",
  "extendCompares",
  "higherForNext",
  "repeatIsStale",
  "placeEnds",
] as const)("G: a model without the guard %s is seen to differ", (guard) => {
  expect(() => compare(true, { ...allGuards, [guard]: false }, 2_000)).toThrow(/Property failed/);
});
