import { expect, test } from "vitest";
import { jainIndex } from "../src/measure/fairness.ts";

test.each([
  ["all got the same", [5, 5, 5, 5], 1],
  ["one of four got everything", [9, 0, 0, 0], 0.25],
  ["half of them got everything", [7, 7, 0, 0], 0.5],
  ["one alone got anything at all", [3], 1],
])("%s", (_title, shares, expected) => {
  expect(jainIndex(shares)).toBeCloseTo(expected, 12);
});

test("it does not depend on how much there was", () => {
  expect(jainIndex([1, 2, 3])).toBeCloseTo(jainIndex([1_000, 2_000, 3_000]), 12);
});

test("where nobody got anything there is no index, rather than a perfect one", () => {
  expect(jainIndex([0, 0])).toBeNaN();
  expect(jainIndex([])).toBeNaN();
});
