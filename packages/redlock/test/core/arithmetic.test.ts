import { describe, expect, test } from "vitest";
import { backOffMs } from "../../src/core/back-off.ts";
import type { ClockReading } from "../../src/core/validity.ts";
import { proposeFence, SeenFences } from "../../src/core/token.ts";
import { decide, quorumOf } from "../../src/core/quorum.ts";
import { quarantineMs } from "../../src/round/admit.ts";
import { assurance, driftMs, elapsedMs, quorumRemainingMs, remainingMs } from "../../src/core/validity.ts";

function clocks(monotonicMs: number, wallMs = monotonicMs, bootMs = monotonicMs): ClockReading {
  return { monotonicMs, wallMs, bootMs };
}

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
  [7, 4],
])("of %i nodes %i are a quorum", (nodeCount, quorum) => {
  expect(quorumOf(nodeCount)).toBe(quorum);
});

test("any two quorums share a node", () => {
  for (let nodeCount = 1; nodeCount <= 50; nodeCount++) expect(2 * quorumOf(nodeCount)).toBeGreaterThan(nodeCount);
});

test.each([
  { nodes: 3, granted: 1, other: 1, decision: "pending" },
  { nodes: 3, granted: 2, other: 0, decision: "won" },
  { nodes: 3, granted: 1, other: 2, decision: "lost" },
  { nodes: 4, granted: 2, other: 2, decision: "lost" },
  { nodes: 4, granted: 2, other: 1, decision: "pending" },
  { nodes: 5, granted: 0, other: 3, decision: "lost" },
  { nodes: 5, granted: 3, other: 2, decision: "won" },
])("of $nodes nodes $granted granted and $other did not: $decision", ({ nodes, granted, other, decision }) => {
  expect(decide(nodes, quorumOf(nodes), granted, other)).toBe(decision);
});

describe("elapsed time", () => {
  test.each([
    { what: "all clocks agree", now: clocks(100), expected: 100 },
    { what: "a suspend: the monotonic clock stood still", now: clocks(100, 600, 600), expected: 610 },
    { what: "a forward step of the wall clock", now: clocks(100, 5_100, 100), expected: 5_100 },
    { what: "a backward step of the wall clock", now: clocks(100, -5_000, 100), expected: 100 },
    { what: "a suspend and a backward step at once", now: clocks(100, -5_000, 600), expected: 610 },
    { what: "the boot clock's hundredths of a second alone", now: clocks(100, 100, 109.9), expected: 109.9 },
    { what: "time that runs backwards everywhere", now: clocks(-1), expected: 0 },
  ])("is the largest of the three clocks' after $what", ({ now, expected }) => {
    expect(elapsedMs(clocks(0), now)).toBe(expected);
  });

  test("is never less than what passed, however the boot clock is rounded", () => {
    for (let startMs = 0; startMs < 10; startMs += 0.5) {
      for (const sleptMs of [25, 224, 5000]) {
        const read = (ms: number) => Math.floor(ms / 10) * 10;
        const [since, now] = [clocks(startMs, 0, read(startMs)), clocks(startMs + 7, -9, read(startMs + 7 + sleptMs))];
        expect(elapsedMs(since, now)).toBeGreaterThanOrEqual(7 + sleptMs);
      }
    }
  });
});

test.each([
  { ttlMs: 1000, driftFactor: 0.01, drift: 12 },
  { ttlMs: 30_000, driftFactor: 0.01, drift: 302 },
  { ttlMs: 10, driftFactor: 0, drift: 2 },
  { ttlMs: 50, driftFactor: 0.01, drift: 3 },
])("a TTL of $ttlMs ms loses $drift ms at a drift of $driftFactor", ({ ttlMs, driftFactor, drift }) => {
  expect(driftMs(ttlMs, driftFactor)).toBe(drift);
  expect(remainingMs(assurance(clocks(50), ttlMs, driftFactor), clocks(60))).toBe(ttlMs - drift - 10);
});

test.each([
  { what: "all the same", ends: [100, 100, 100], quorum: 2, left: 100 },
  { what: "in any order", ends: [10, 300, 200], quorum: 2, left: 200 },
  { what: "the largest counts for nothing by itself", ends: [900, undefined, 5], quorum: 2, left: 5 },
  { what: "too few", ends: [900, undefined, undefined], quorum: 2, left: -Infinity },
  { what: "of five", ends: [1, 2, 3, 4, 5], quorum: 3, left: 3 },
  { what: "some over", ends: [-7, -3, 4], quorum: 2, left: -3 },
])("a lock is good until the quorum-th largest end: $what", ({ ends, quorum, left }) => {
  const assurances = ends.map((durationMs) =>
    durationMs === undefined ? undefined : { askedAt: clocks(0), durationMs },
  );
  expect(quorumRemainingMs(assurances, quorum, clocks(0))).toBe(left);
});

test("a fencing token is the wall clock in microseconds, and always higher than any that was seen", () => {
  expect(proposeFence(1_700_000_000_000.25, 0)).toBe(1_700_000_000_000_250);
  expect(proposeFence(1_700_000_000_000, 1_800_000_000_000_000)).toBe(1_800_000_000_000_001);
  expect(proposeFence(5, 5000)).toBe(5001);
});

test.each([NaN, Infinity, -5, 2 ** 53, 5_000.5])("a token of %d that somebody tells changes nothing", (fence) => {
  const fences = new SeenFences(() => 5);
  fences.note(fence);
  expect(fences.propose(5)).toBe(5000);
  expect(fences.propose(5)).toBe(5001);
});

test.each([
  { what: "is off", guardMs: 0, memoryAgeMs: 0, out: 0 },
  { what: "may not ask for the age", guardMs: 1000, memoryAgeMs: Infinity, out: 0 },
  { what: "sees a node that is old enough", guardMs: 1000, memoryAgeMs: 1020, out: 0 },
  { what: "counts the drift twice", guardMs: 1000, memoryAgeMs: 1000, out: 20 },
  { what: "sees a node that has just started", guardMs: 1000, memoryAgeMs: 0, out: 1020 },
])("a guard that $what keeps the node out for $out ms", ({ guardMs, memoryAgeMs, out }) => {
  expect(
    quarantineMs({ runId: "a", life: "a 1 fresh", memoryAgeMs, cause: "fresh", replica: false }, guardMs, 0.01),
  ).toBe(out);
});

test.each([
  { attempt: 0, roll: 0.5, delay: 25 },
  { attempt: 3, roll: 0.5, delay: 200 },
  { attempt: 10, roll: 0.999, delay: 999 },
  { attempt: 5000, roll: 0.5, delay: 500 },
  { attempt: 2, roll: 0, delay: 0 },
])("back-off $attempt at a roll of $roll is $delay ms", ({ attempt, roll, delay }) => {
  expect(backOffMs(attempt, 50, 1000, roll)).toBe(delay);
});
