import { describe, expect, test } from "vitest";
import { percentile, sortSamples } from "../src/measure/percentile.ts";

describe("percentile", () => {
  const oneToHundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);

  test.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [0.999, 100],
    [1, 100],
  ])("of 1..100 the share %d is %d", (share, expected) => {
    expect(percentile(oneToHundred, share)).toBe(expected);
  });

  test("one sample is every percentile", () => {
    expect(percentile([7], 0)).toBe(7);
    expect(percentile([7], 0.999)).toBe(7);
  });

  test("it is a sample, never a value between two", () => {
    expect(percentile([1, 1_000], 0.5)).toBe(1);
    expect(percentile([1, 1_000], 0.51)).toBe(1_000);
  });

  test("no samples have no percentile", () => {
    expect(percentile([], 0.5)).toBeNaN();
  });

  test.each([-0.1, 1.1, 99, Number.NaN])("a share of %d is refused", (share) => {
    expect(() => percentile([1], share)).toThrow(RangeError);
  });
});

describe("sortSamples", () => {
  test("sorts by number, not by text, over all parts", () => {
    expect([...sortSamples([Float64Array.of(10, 9), Float64Array.of(), Float64Array.of(100, 1)])]).toEqual([
      1, 9, 10, 100,
    ]);
  });
});
