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
async function calledAway(runtime: Runtime, { onAsk = () => {}, onRead = () => {} } = {}): Promise<string[]> {
  const clients = fleet.urls.map((url) => new Redis(url, safeSettings(runtime)));
  const redlock = new Redlock(clients, { restartGuardMs: 0, nodeTimeoutMs }, runtime);
  const away: string[] = [];
  redlock.on("nodeDown", ({ node }) => away.push(node));
  try {
    await (await redlock.acquire("warm-up", 10_000)).release();
    onAsk();
    const acquired = redlock.acquire("orders", 10_000);
    // The round is written before an immediate runs, and its answers wait behind this one.
    setImmediate(() => {
      busyFor(4 * nodeTimeoutMs);
      onRead();
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
  /** What is kept from the library of the time that has passed. */
  let hiddenMs = (_nowMs: number): number => 0;
  const now = (): number => systemRuntime.readClocks().monotonicMs;
  const hasty: Runtime = {
    ...systemRuntime,
    afterInput: (callback) => callback(),
    readClocks: () => {
      const { monotonicMs, wallMs, bootMs } = systemRuntime.readClocks();
      const hidden = hiddenMs(monotonicMs);
      return { monotonicMs: monotonicMs - hidden, wallMs: wallMs - hidden, bootMs: bootMs - hidden };
    },
  };
  let askedAtMs = 0;
  const onAsk = (): void => {
    askedAtMs = now();
    hiddenMs = (nowMs) => nowMs - askedAtMs;
  };
  // The deadline has passed by a millisecond, and for the timer that looks now no more goes by.
  const onRead = (): void => {
    const [readAtMs, shownMs] = [now(), askedAtMs + nodeTimeoutMs + 1];
    hiddenMs = (nowMs) => Math.min(nowMs, readAtMs + 100) - shownMs;
  };
  expect(await calledAway(hasty, { onAsk, onRead })).not.toEqual([]);
});
