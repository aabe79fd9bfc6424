/** "Repair is no revival", on hand-written rounds: what the oracle must let pass, and what it must see. */
import type { Answer, BatchReply, Operation } from "@quorate/redlock/node";
import { expect, test } from "vitest";

import type { Claim } from "../../src/sim/oracle/claim.ts";
import { Verdicts } from "../../src/sim/oracle/ledger.ts";
import { RevivalOracle } from "../../src/sim/oracle/revival.ts";
import type { SimServer } from "../../src/sim/server.ts";

const ORACLE = "repair is no revival";
const LOST: Answer = ["lost", 0];
const CLAIM = { token: "t", title: "p0 token t" } as Claim;

/** Three nodes, and one lock that all of them granted. */
class Trial {
  readonly #verdicts = new Verdicts([ORACLE], () => 0);
  readonly #oracle = new RevivalOracle(this.#verdicts, 3);
  nowMs = 0;

  heal(node: number): void {
    this.#execute(node, operation("heal"), 1);
  }

  /** One round; what each node answers, nothing where it was not reached. */
  extend(answers: readonly (Answer | undefined)[]): Operation {
    const round = operation("extend");
    for (const [node, answer] of answers.entries()) if (answer !== undefined) this.#execute(node, round, answer);
    return round;
  }

  /** The holder was told that it has more time. Whether that was wrong. */
  won(): boolean {
    const before = this.#verdicts.violations.length;
    this.#oracle.extended(CLAIM);
    return this.#verdicts.violations.length > before;
  }

  #execute(index: number, executed: Operation, answer: Answer): void {
    const reply: BatchReply = ["run", 1000, 0, answer];
    this.#oracle.executed({ index, clocks: { wallMs: this.nowMs } } as SimServer, [executed], reply);
  }

  forget(node: number): void {
    this.#oracle.memoryLost(node);
  }
}

function operation(kind: "extend" | "heal"): Operation {
  const life = { ttlMs: 1000, longestTtlMs: 1000, fenceRetentionMs: 1000 };
  return { kind, keys: ["a"], token: "t", fence: 1, ...life };
}

test("a round that two of three nodes carry, which never lost the key, is an extension", () => {
  const trial = new Trial();
  trial.extend([LOST, 1, 1]);
  expect(trial.won()).toBe(false);
});

test("a key made again counts one round after a quorum did without it", () => {
  const trial = new Trial();
  trial.extend([LOST, 1, 1]);
  expect(trial.won()).toBe(false);
  trial.heal(0);
  trial.extend([1, 1, 1]);
  expect(trial.won()).toBe(false);
  trial.extend([1, 1, LOST]);
  expect(trial.won()).toBe(false);
});

test("a key made again does not count at once", () => {
  const trial = new Trial();
  trial.extend([LOST, 1, 1]);
  expect(trial.won()).toBe(false);
  trial.heal(0);
  trial.extend([1, 1, LOST]);
  expect(trial.won()).toBe(true);
});

test("nor do two keys made again vouch for each other", () => {
  const trial = new Trial();
  trial.extend([LOST, 1, 1]);
  expect(trial.won()).toBe(false);
  trial.heal(0);
  trial.heal(1);
  trial.extend([1, 1, undefined]);
  trial.extend([1, 1, undefined]);
  expect(trial.won()).toBe(true);
});

/** A key that a release handed over after an extend found none, so that the heal finds it; and then the round without node 1. */
function handedOver(meanwhile: (trial: Trial) => void): boolean {
  const trial = new Trial();
  trial.extend([LOST, 1, 1]);
  trial.won();
  trial.extend([1, undefined, undefined]);
  meanwhile(trial);
  trial.heal(0);
  trial.extend([1, undefined, 1]);
  return trial.won();
}

test("a heal that finds its key has made nothing again", () => {
  expect(handedOver(() => {})).toBe(false);
});

test("unless it had expired, or was forgotten", () => {
  expect(handedOver((trial) => (trial.nowMs += 1000))).toBe(true);
  expect(handedOver((trial) => trial.forget(0))).toBe(true);
});
