import { expect, test } from "vitest";
import { Holding, newExtendTally } from "../../src/core/holding.ts";
import type { Assurance } from "../../src/core/validity.ts";
import type { NodeEvidence } from "../../src/core/vote.ts";
import { oldNode } from "../support/answering-node.ts";

const at = (ms: number) => ({ monotonicMs: ms, wallMs: ms, bootMs: ms });
const until = (endMs: number, askedMs = 0): Assurance => ({ askedAt: at(askedMs), durationMs: endMs - askedMs });

const inLife = (life = "one"): NodeEvidence => ({ ...oldNode(0), life });

/** A lock on nodes 0 to 2 of 5, good until 1 000. */
function held(): Holding {
  const holding = new Holding(5, 3, true);
  for (const node of [0, 1, 2]) holding.confirm(node, until(1000), inLife(), at(0));
  return holding;
}

test("a lock is held until its validity ends, and never again", () => {
  const holding = held();
  expect(holding.remainingMs(at(999))).toBe(1);
  expect(holding.remainingMs(at(1000))).toBe(0);
  for (const node of [0, 1, 2, 3, 4]) holding.confirm(node, until(5000, 1001), inLife(), at(1001));
  expect(holding.remainingMs(at(1002))).toBe(0);
});

test("a confirmation only lengthens", () => {
  const holding = held();
  for (const node of [0, 1, 2]) holding.confirm(node, until(500), inLife(), at(10));
  expect(holding.remainingMs(at(10))).toBe(990);
});

test("a node that disowns the lock is not relied on, whatever it confirmed", () => {
  const holding = held();
  holding.disown(1);
  expect(holding.remainingMs(at(10))).toBe(0);
});

test("a node that confirms late makes up for one that is lost", () => {
  const holding = held();
  holding.confirm(3, until(1000), inLife(), at(5));
  holding.disown(1);
  expect(holding.remainingMs(at(10))).toBe(990);
});

test("a node that disowned the lock is not relied on by a vote on the acquire that comes later", () => {
  const holding = held();
  holding.disown(3);
  holding.confirm(3, until(1000), inLife(), at(5));
  holding.disown(1);
  expect(holding.remainingMs(at(10))).toBe(0);
  expect(holding.mayHold(3)).toBe(true);
});

test("a key that was made again counts only once a quorum of the others has confirmed in one round", () => {
  const holding = held();
  holding.confirm(3, until(1000), inLife(), at(5));
  holding.disown(0);
  holding.markHealSent(0);
  const tally = newExtendTally();
  holding.confirmExtend(0, until(2000, 100), inLife(), tally, at(101));
  holding.confirmExtend(1, until(2000, 100), inLife(), tally, at(101));
  holding.confirmExtend(2, until(2000, 100), inLife(), tally, at(101));
  expect(holding.isDoubtful(0)).toBe(true);
  expect(holding.remainingMs(at(101))).toBe(899);
  holding.confirmExtend(3, until(2000, 100), inLife(), tally, at(102));
  expect(holding.isDoubtful(0)).toBe(false);
  holding.disown(3);
  expect(holding.remainingMs(at(102))).toBe(1898);
});

test("two rounds that each lack one do not add up", () => {
  const holding = held();
  holding.confirm(3, until(1000), inLife(), at(5));
  holding.disown(0);
  for (const nodes of [
    [0, 1, 2],
    [0, 2, 3],
  ]) {
    const tally = newExtendTally();
    for (const node of nodes) holding.confirmExtend(node, until(2000, 100), inLife(), tally, at(101));
  }
  expect(holding.isDoubtful(0)).toBe(true);
});

test("a release reaches every node that may hold the key, and buries where a heal was sent", () => {
  const holding = held();
  holding.markMayHold(3);
  holding.disown(0);
  holding.markHealSent(0);
  holding.clearMayHold(2);
  expect([0, 1, 2, 3, 4].filter((node) => holding.mayHold(node))).toEqual([0, 1, 3]);
  expect([0, 1, 2, 3, 4].filter((node) => holding.wasHealed(node))).toEqual([0]);
});

test("a node in another life is a new one: it counts with a quorum of the others, and stands by what it confirmed before", () => {
  const holding = held();
  holding.confirm(3, until(1000), inLife(), at(5));
  expect(holding.reliesOn(0, inLife())).toBe(true);
  expect(holding.reliesOn(0, inLife("two"))).toBe(false);
  const tally = newExtendTally();
  expect(holding.confirmExtend(0, until(2000, 100), inLife("two"), tally, at(101))).toBe(false);
  for (const node of [1, 2]) holding.confirmExtend(node, until(2000, 100), inLife(), tally, at(101));
  expect(holding.isDoubtful(0)).toBe(true);
  expect(holding.remainingMs(at(101))).toBe(899);
  holding.disown(3);
  expect(holding.remainingMs(at(101))).toBe(899);
  const next = newExtendTally();
  for (const node of [0, 1, 2]) holding.confirmExtend(node, until(3000, 200), inLife("two"), next, at(201));
  expect(holding.remainingMs(at(201))).toBe(799);
});

test("where the guard is off, nobody asks for the life", () => {
  const holding = new Holding(3, 2, false);
  holding.confirm(0, until(1000), inLife(), at(0));
  expect(holding.reliesOn(0, inLife("two"))).toBe(true);
});
