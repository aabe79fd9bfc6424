/** Without the nodes' line nothing but a bound keeps a busy process from handing a lock to itself for ever. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { range } from "../support/on-nodes.ts";
import { until } from "../support/until.ts";

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
  const end = new AbortController();
  let servedCount = 0;
  const crowd = range(8).map(async () => {
    while (!end.signal.aborted) {
      const lock = await busy.acquire("bound", ttlMs);
      servedCount++;
      await lock.release();
    }
  });
  await until(() => servedCount >= 100);
  await (await other.acquire("bound", ttlMs)).release();
  end.abort();
  await Promise.all(crowd);
  expect(servedCount).toBeGreaterThan(100);
});
