/**
 * What is taken for alike is alike: a search of whole states, each as it is, comes to the same states, once each is made the one
 * that stands for it, as the search that goes on from those alone.
 */
import { expect, test } from "vitest";
import type { Model } from "../src/explore/explore.ts";
import type { Features } from "../src/protocol/features.ts";
import { allGuards } from "../src/protocol/guards.ts";
import { Layout, type Shape } from "../src/protocol/layout.ts";
import { Protocol } from "../src/protocol/protocol.ts";

const plain: Features = { line: false, heal: false, lateAnswers: false };
const one = { nodes: 1, attempts: 1, losses: 0, highestFence: 2 };

function reach(protocol: Model, isCanonical: boolean): Set<string> {
  const whole = (state: Uint8Array): string => Buffer.from(state).toString("latin1");
  const queue = [Uint8Array.from(protocol.initial)];
  if (isCanonical) protocol.canonicalize(queue[0]!);
  const seen = new Set(queue.map(whole));
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    protocol.steps(state, (next) => {
      if (isCanonical) protocol.canonicalize(next);
      const name = whole(next);
      if (seen.has(name)) return;
      seen.add(name);
      queue.push(Uint8Array.from(next));
    });
  }
  return seen;
}

function standsFor(protocol: Model, states: ReadonlySet<string>): Set<string> {
  return new Set(
    [...states].map((name) => {
      const state = Uint8Array.from(Buffer.from(name, "latin1"));
      protocol.canonicalize(state);
      return Buffer.from(state).toString("latin1");
    }),
  );
}

const cases: readonly (readonly [string, Shape, Features])[] = [
  ["two nodes", { ...one, nodes: 2, rounds: [1, 1] }, plain],
  ["late answers", { ...one, rounds: [2, 1] }, { ...plain, lateAnswers: true }],
  ["second attempts", { ...one, attempts: 2, rounds: [1, 1], highestFence: 1 }, plain],
  ["heals and a memory that is lost", { ...one, rounds: [2, 1], losses: 1 }, { ...plain, heal: true }],
  ["a line", { ...one, rounds: [1, 2] }, { ...plain, line: true }],
  ["a line, and a memory that is lost", { ...one, rounds: [1, 1], losses: 1 }, { ...plain, line: true }],
  ["readers", { ...one, rounds: [2, 1], modes: ["shared", "shared"] }, { ...plain, lostAnswers: true }],
  ["share()", { ...one, rounds: [2, 1], modes: ["exclusive", "shared"] }, { ...plain, share: true }],
  ["readers in line", { ...one, rounds: [1, 1], modes: ["shared", "exclusive"] }, { ...plain, line: true }],
  ["permits", { ...one, rounds: [2, 1], modes: ["permits", "permits"], permits: 2 }, { ...plain, heal: true }],
  [
    "a reader, heals and a memory that is lost",
    { ...one, rounds: [2, 1], modes: ["shared", "exclusive"], losses: 1 },
    { ...plain, heal: true, lostAnswers: true },
  ],
];

/** What either search comes to; they must be the same, and the first must have had more to do. */
function bothWays(protocol: Model) {
  const found = reach(protocol, true);
  const all = reach(protocol, false);
  const wanted = standsFor(protocol, all);
  const isSame = found.size === wanted.size && [...wanted].every((name) => found.has(name));
  return { isSame, isSmaller: found.size < all.size };
}

test.each(cases)("nothing is left out: %s", (_name, shape, features) => {
  expect(bothWays(new Protocol(shape, features, allGuards))).toEqual({ isSame: true, isSmaller: true });
});

test("G: it is seen where something of use is taken for nothing", () => {
  const [, shape, features] = cases[1]!;
  const protocol = new Protocol(shape, features, allGuards);
  const fence = new Layout(shape).nodeFence(0);
  const careless: Model = {
    size: protocol.size,
    initial: protocol.initial,
    steps: (state, emit) => protocol.steps(state, emit),
    violation: () => undefined,
    canonicalize(state) {
      protocol.canonicalize(state);
      state[fence] = 0;
    },
  };
  expect(bothWays(careless).isSame).toBe(false);
});
