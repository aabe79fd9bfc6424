/** Without the nodes' line nothing but a bound keeps a busy process from handing a lock to itself for ever. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { range } from "../support/on-nodes.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const ttlMs = 60_000;

test.each([
  ["with fair: false", { fair: false }],
  ["with fencing off", { fencing: false }],
])("%s a process that always has somebody waiting lets another one in", async (_title, options) => {
  await using busy = connectTo(fleet.urls, { ...options, waitMs: 60_000 });
  await using other = connectTo(fleet.urls, { ...options, waitMs: 60_000, retryDelayMs: 1, retryMaxDelayMs: 2 });
  let isOver = false;
  let servedCount = 0;
  const crowd = range(8).map(async () => {
    while (!isOver) {
      await using _lock = await busy.acquire("bound", ttlMs);
      servedCount++;
    }
  });
  while (servedCount < 100) await new Promise((resolve) => setImmediate(resolve));
  await (await other.acquire("bound", ttlMs)).release();
  isOver = true;
  await Promise.all(crowd);
  expect(servedCount).toBeGreaterThan(100);
});
