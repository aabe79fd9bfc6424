import assert from "node:assert/strict";

import type { Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

const PERIOD_MS = 1_000;
const MOST = 10;
/** A node counts in whole milliseconds, on a clock of its own. */
const SLACK_MS = 5;

interface Start {
  readonly number: number;
  /** Before its acquire was sent: from there on its number is kept. */
  readonly askedAtMs: number;
  readonly grantedAtMs: number;
}

async function start(rig: Rig, minHoldMs: number): Promise<void> {
  const starts: Start[] = [];
  const stop = new AbortController();
  const endsAtMs = rig.nowMs() + (rig.isSimulated ? 5_000 : 2_500);
  const askedAtMs = new Map<string, number>();
  const wire = new Wire();
  wire.onSend = (operation) => {
    if (operation.kind === "acquire") askedAtMs.set(operation.token, rig.nowMs());
  };
  const redlock = await rig.connect("app", { retryMaxDelayMs: 500 }, { wire });
  const options = { permits: MOST, minHoldMs, waitMs: 60_000, signal: stop.signal };
  const work = async (): Promise<void> => {
    while (!stop.signal.aborted && starts.length < 6 * MOST) {
      const lock = await redlock.acquire("rate", 5_000, options);
      const grantedAtMs = rig.nowMs();
      starts.push({ number: lock.permits[0]!, askedAtMs: askedAtMs.get(lock.token)!, grantedAtMs });
      await lock.release();
    }
  };
  const working = Array.from({ length: MOST + 2 }, () => work().catch(() => undefined));
  while (rig.nowMs() < endsAtMs && starts.length < 6 * MOST) await rig.pass(20);
  stop.abort();
  await Promise.all(working);
  assert.ok(starts.length > MOST, "it goes on");
  const sorted = starts.toSorted((a, b) => a.askedAtMs - b.askedAtMs);
  for (const [index, first] of sorted.entries()) {
    const next = sorted[index + MOST];
    if (next === undefined) break;
    const tookMs = next.grantedAtMs - first.askedAtMs;
    assert.ok(tookMs >= PERIOD_MS - SLACK_MS, `${MOST + 1} starts within ${tookMs} ms`);
  }
}

export const rate: Scenario = {
  id: "P13",
  title: "ten permits that are kept for a second after short work: at most ten starts in any second",
  nodeCount: 3,
  play: (rig) => start(rig, PERIOD_MS),
  control: {
    without: "minHoldMs",
    fails: /11 starts within/,
    play: (rig) => start(rig, 0),
  },
};
