import { expect, test } from "vitest";
import { ratiosOf, spreadOf } from "../src/measure/spread.ts";

test("the median of an odd number of rounds is the one in the middle", () => {
  expect(spreadOf([30, 10, 20])).toEqual({ median: 20, lowest: 10, highest: 30 });
});

test("the median of an even number of rounds lies between the two in the middle", () => {
  expect(spreadOf([1, 100, 3, 2]).median).toBe(2.5);
});

test("one round that went wrong does not move the median", () => {
  expect(spreadOf([10, 11, 12, 11, 100_000]).median).toBe(11);
});

test("no rounds have no median", () => {
  expect(spreadOf([]).median).toBeNaN();
});

test("a ratio compares the same round, so that a disturbance of both does not count", () => {
  expect(ratiosOf([200, 20, 200], [100, 10, 100])).toEqual({ median: 2, lowest: 2, highest: 2 });
});

test("a round that the reference did not run has no ratio", () => {
  expect(ratiosOf([200], []).median).toBeNaN();
});

test("the rounds given are left in their order", () => {
  const rounds = [3, 1, 2];
  spreadOf(rounds);
  expect(rounds).toEqual([3, 1, 2]);
});
