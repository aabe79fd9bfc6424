import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withFigures } from "../src/report/coordination-table.ts";
import type { CoordinationRow } from "../src/report/rows.ts";
import { describeSetting } from "../src/report/setting.ts";

const page = readFileSync(new URL("../../../docs/redis-etcd-zookeeper.md", import.meta.url), "utf8");
const setting = describeSetting("full", 200, 0.1);
const cycles = { perSecond: 100, p50Ms: 1, p99Ms: 2, cpuUs: 300 };
const handOffs = { perSecond: 100, longestWaitMs: 9, jainIndex: 1, cpuUs: 300 };
const etcd: CoordinationRow = {
  peer: "etcd",
  label: "etcd",
  oneCaller: cycles,
  manyCallers: cycles,
  contention: handOffs,
  pausedHolderMs: 3_000,
  longestGapMs: 200,
  overlapCount: 0,
};
const ours: CoordinationRow = { ...etcd, peer: "ours", label: "ours", oneCaller: { ...cycles, perSecond: 450 } };

test("the page about etcd and ZooKeeper takes figures in place of those before, with the machine and the ratios", () => {
  const once = withFigures(page, setting, [ours]);
  const twice = withFigures(once, setting, [ours, etcd]);
  expect(twice).toContain("| ours | 4.5 |");
  expect(twice).toContain(`${setting.coreCount} cores of`);
  expect(withFigures(twice, setting, [ours])).toBe(once);
  expect(once.split("## Side by side")[0]).toBe(page.split("## Side by side")[0]);
});

test("without etcd there are no ratios, and a page without the marks is refused", () => {
  expect(withFigures(page, setting, [ours])).not.toContain("In ratios");
  expect(() => withFigures("# Page", setting, [ours])).toThrow("the page has lost its marks");
});
