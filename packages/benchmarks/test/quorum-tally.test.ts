import { expect, test } from "vitest";
import { QuorumTally } from "../src/peers/quorum-tally.ts";

function ask(nodeCount: number, answers: readonly boolean[]): string[] {
  const told: string[] = [];
  const tally = new QuorumTally(
    nodeCount,
    () => told.push("won"),
    () => told.push("lost"),
  );
  for (const answer of answers) tally.record(answer);
  return told;
}

test("a floor waits for a real quorum: three of five", () => {
  expect(ask(5, [true, true])).toEqual([]);
  expect(ask(5, [true, true, true])).toEqual(["won"]);
});

test("a 2-2 tie of four nodes is lost, once", () => {
  expect(ask(4, [true, false, true, false])).toEqual(["lost"]);
});

test("late answers change nothing", () => {
  expect(ask(3, [true, true, false])).toEqual(["won"]);
  expect(ask(3, [false, false, true])).toEqual(["lost"]);
});
