/** Answers that came in time, to a process too busy to read them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Redis } from "ioredis";
import { Redlock } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { safeSettings } from "../../src/node/ioredis/safe-settings.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { systemRuntime } from "../../src/runtime/system.ts";

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const nodeTimeoutMs = 400;

function busyFor(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}

/** The nodes that were called away, because the loop was busy from before their answers came until the deadline had passed. */
async function calledAway(runtime: Runtime, onBusy = (_sinceMs: number): void => {}): Promise<string[]> {
  const clients = fleet.urls.map((url) => new Redis(url, safeSettings(runtime)));
  const redlock = new Redlock(clients, { restartGuardMs: 0, nodeTimeoutMs }, runtime);
  const away: string[] = [];
  redlock.on("nodeDown", ({ node }) => away.push(node));
  try {
    await (await redlock.acquire("warm-up", 10_000)).release();
    const askedAtMs = performance.now();
    const acquired = redlock.acquire("orders", 10_000);
    // The round is written before an immediate runs, and its answers wait behind this one.
    setImmediate(() => {
      busyFor(4 * nodeTimeoutMs);
      onBusy(performance.now() - askedAtMs);
    });
    await acquired;
    return away;
  } finally {
    await redlock.close();
    for (const client of clients) client.disconnect();
  }
}

test("do not make their nodes silent", async () => {
  expect(await calledAway(systemRuntime)).toEqual([]);
});

test("would make them silent if a timer could neither wait for the input nor see that it is late", async () => {
  let hiddenMs = 0;
  const hasty: Runtime = {
    ...systemRuntime,
    afterInput: (callback) => callback(),
    readClocks: () => {
      const { monotonicMs, wallMs, bootMs } = systemRuntime.readClocks();
      return { monotonicMs: monotonicMs - hiddenMs, wallMs: wallMs - hiddenMs, bootMs: bootMs - hiddenMs };
    },
  };
  const isJustDue = (sinceMs: number): void => void (hiddenMs = sinceMs - nodeTimeoutMs - 3);
  expect(await calledAway(hasty, isJustDue)).not.toEqual([]);
});
