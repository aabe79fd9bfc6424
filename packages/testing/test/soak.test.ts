/** The soak itself: that a short one leaves nothing behind, and that it sees what grows and what is left. */
import { Redis } from "ioredis";
import { expect, test } from "vitest";

import { startFleet } from "../src/redis/fleet.ts";
import { trendOf } from "../src/soak/flat.ts";
import { leftOnServers, leftProcesses } from "../src/soak/left.ts";
import { isCaught, soak } from "../src/soak/soak.ts";
import { Places } from "../src/torture/places.ts";

function isFlat(valueAt: (second: number) => number): boolean | undefined {
  const points = Array.from({ length: 40 }, (_, second) => [second * 1000, valueAt(second)] as const);
  return trendOf({ name: "a figure", points })?.isFlat;
}

test("a figure rises when it rises in the second half, by more than a tenth and than chance", () => {
  expect(isFlat(() => 1_000)).toBe(true);
  expect(isFlat((second) => Math.min(1_000, second * 100))).toBe(true);
  expect(isFlat((second) => 1_000 + second * 4)).toBe(true);
  expect(isFlat((second) => 1_000 - second * 20)).toBe(true);
  expect(isFlat((second) => 1_000 + (second % 7) * 400)).toBe(true);
  expect(isFlat((second) => second / 10)).toBe(true);
  expect(isFlat((second) => 1_000 + second * 10)).toBe(false);
  expect(isFlat((second) => 1_000 + second * 20 + (second % 2) * 100)).toBe(false);
  expect(trendOf({ name: "a figure", points: [[0, 1]] })).toBeUndefined();
});

test("seconds of soak leave no key, no process, no timer and no socket", async () => {
  const result = await soak({ durationMs: 4_000, seed: 5, sampleEveryMs: 500, troubleEveryMs: 1_000 });
  expect(result).toMatchObject({ isFinished: true, overlaps: [], left: [], faults: [] });
  expect(result.grantedCount).toBeGreaterThan(0);
  const figures = Object.assign({}, ...result.samples.map((sample) => sample.figures)) as Record<string, number>;
  expect(Object.keys(figures)).toEqual(
    expect.arrayContaining(["user0 rss", "user0 heap", "user0 listeners", "node0 used_memory", "node0 lock keys"]),
  );
}, 120_000);

test("with users that give nothing back, heap and lock keys are seen to rise", async () => {
  // Ends when it is seen. Without troubles, which make nodes forget what rises.
  const leaking = { isLeaking: true, troubleEveryMs: 3_600_000 };
  const result = await soak({ durationMs: 150_000, seed: 6, sampleEveryMs: 500, ...leaking });
  expect(isCaught(result.trends)).toBe(true);
  expect(result.lateness.count).toBeGreaterThan(0);
  expect(result).toMatchObject({ left: [], faults: [] });
}, 180_000);

test("a key, a connection and a process that are left are seen", async () => {
  await using fleet = await startFleet({ nodes: 1, proxied: true });
  const places = new Places(fleet, 1);
  await fleet.node(0).command("SET", "forgotten", "by somebody");
  const client = new Redis(fleet.node(0).url);
  await client.ping();
  expect(await leftOnServers(places, 0)).toEqual(["forgotten on node 0", "1 connections to node 0"]);
  client.disconnect();
  expect(leftProcesses([process.pid])).toEqual([`process ${process.pid}`]);
});
