import { expect, test } from "vitest";
import { Histogram, SECONDS_BOUNDS } from "../../src/observe/reporter.ts";

test("a value on a bound belongs to that bound's bucket, and buckets are cumulative", () => {
  const histogram = new Histogram();
  for (const valueMs of [0, 1, 1.1, 2.5, 60_000]) histogram.note(valueMs);
  const { bucketCounts, count, sum } = histogram.sample();
  expect(bucketCounts.slice(0, 3)).toEqual([2, 4, 4]);
  expect(bucketCounts[SECONDS_BOUNDS.indexOf(30)]).toBe(4);
  expect(bucketCounts.at(-1)).toBe(5);
  expect(count).toBe(5);
  expect(sum).toBeCloseTo(60.0046);
});

test("what is longer than the last bound is only in the count", () => {
  const histogram = new Histogram();
  histogram.note(1e9);
  expect(histogram.sample()).toEqual({ bucketCounts: SECONDS_BOUNDS.map(() => 0), count: 1, sum: 1e6 });
});
