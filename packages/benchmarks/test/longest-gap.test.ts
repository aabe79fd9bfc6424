import { expect, test } from "vitest";
import type { ContendReport } from "../src/driver/order.ts";
import { longestGapMs } from "../src/measure/longest-gap.ts";

/** asked, entered, left. */
const report = (...moments: number[]): ContendReport => ({
  cpuUs: 0,
  callCount: 0,
  moments: Float64Array.from(moments),
  waitingSinceMs: 0,
  failureCount: 0,
  isHung: false,
});

const time = { startAtMs: 100, endAtMs: 200 };

test.each([
  ["nobody ever held", [report()], 100],
  ["two processes in turn", [report(90, 110, 120), report(100, 125, 190)], 10],
  ["the end counts", [report(90, 100, 130)], 70],
  ["a hold that began before covers the start", [report(0, 90, 150)], 50],
  ["an overlap is no gap", [report(90, 100, 180), report(90, 110, 120)], 20],
])("the longest that nobody held: %s", (_case, reports, gapMs) => {
  expect(longestGapMs(reports, time)).toBe(gapMs);
});
