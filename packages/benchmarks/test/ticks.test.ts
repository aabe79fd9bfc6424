import { expect, test } from "vitest";
import { ticksOf } from "../src/plots/ticks.ts";

test.each([
  ["two decades have 1, 2 and 5", [3, 700], [2, 5, 10, 20, 50, 100, 200, 500, 1_000]],
  ["more have powers of ten", [0.03, 70_000], [0.01, 0.1, 1, 10, 100, 1_000, 10_000, 100_000]],
  ["a figure at an end is an end", [1, 10], [1, 2, 5, 10]],
  ["a single figure lies between two", [7], [5, 10]],
  ["a single round figure has room above it", [10], [10, 20]],
])("a logarithmic axis: %s", (_title, values, expected) => {
  expect(ticksOf("log", values)).toEqual({
    scale: { type: "log", domain: [expected[0], expected.at(-1)] },
    axis: { values: expected },
  });
});

test("a symlog axis begins at nothing", () => {
  expect(ticksOf("symlog", [0, 40]).axis).toEqual({ values: [0, 1, 2, 5, 10, 20, 50] });
  expect(ticksOf("symlog", [0, 0]).scale).toEqual({ type: "symlog", domain: [0, 2] });
});

test("nothing to show has an axis all the same", () => {
  expect(ticksOf("log", []).scale).toEqual({ type: "log" });
});
