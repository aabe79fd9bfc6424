import { expect, test } from "vitest";
import { countOverlaps, mostAtOnce } from "../src/measure/overlap.ts";

test("holds one after the other do not overlap, whoever has them", () => {
  expect(countOverlaps([Float64Array.of(0, 1, 2, 3), Float64Array.of(1, 2, 3, 4)])).toBe(0);
});

test("two processes inside at one time are an overlap", () => {
  expect(countOverlaps([Float64Array.of(0, 10), Float64Array.of(9.999, 11)])).toBe(1);
});

test("a hold inside a long one is an overlap, also when others lie between", () => {
  expect(countOverlaps([Float64Array.of(0, 100), Float64Array.of(10, 11, 90, 91)])).toBe(2);
});

test("of two permits the third at one time is one too many, and what followed another is not", () => {
  const holds = [Float64Array.of(0, 10, 20, 30), Float64Array.of(5, 25), Float64Array.of(10, 20, 21, 22)];
  expect(countOverlaps(holds, 2)).toBe(1);
  expect(mostAtOnce(holds)).toBe(3);
  expect(countOverlaps(holds, 3)).toBe(0);
});

test("no holds do not overlap", () => {
  expect(countOverlaps([])).toBe(0);
  expect(countOverlaps([Float64Array.of()])).toBe(0);
});
