import assert from "node:assert/strict";

import { eventually, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

const PERIOD_MS = 1_000;
const MOST = 10;
/** As many as start in three seconds, and some. */
const GOAL = 35;
/** A node counts in whole milliseconds, on a clock of its own. */
const SLACK_MS = 5;

interface Start {
  /** Before its acquire was sent: from there on its number is kept. */
  readonly askedAtMs: number;
  readonly grantedAtMs: number;
}

async function start(rig: Rig, minHoldMs: number): Promise<void> {
  const starts: Start[] = [];
  const stop = new AbortController();
  const isDone = (): boolean => starts.length >= GOAL;
  const askedAtMs = new Map<string, number>();
  const wire = new Wire();
  wire.onSend = (operation) => {
    if (operation.kind === "acquire") askedAtMs.set(operation.token, rig.nowMs());
  };
  const redlock = await rig.connect("app", { retryMaxDelayMs: 500 }, { wire });
  const options = { permits: MOST, minHoldMs, waitMs: 60_000, signal: stop.signal };
  const work = async (): Promise<void> => {
    while (!isDone() && !stop.signal.aborted) {
      const lock = await redlock.acquire("rate", 5_000, options);
      starts.push({ askedAtMs: askedAtMs.get(lock.token)!, grantedAtMs: rig.nowMs() });
      await lock.release();
    }
  };
  const working = Array.from({ length: MOST + 2 }, () => work().catch(() => undefined));
  const going = eventually(rig, `${GOAL} have started`, isDone, 40_000);
  await going.finally(() => stop.abort());
  await Promise.all(working);
  // Of eleven in a row two had the same number.
  for (let index = MOST; index < starts.length; index++) {
    const eleven = starts.slice(index - MOST, index + 1);
    const tookMs = starts[index]!.grantedAtMs - Math.min(...eleven.map((each) => each.askedAtMs));
    assert.ok(tookMs >= PERIOD_MS - SLACK_MS, `${MOST + 1} starts within ${tookMs} ms`);
  }
}

export const rate: Scenario = {
  id: "P13",
  title: "ten permits that are kept for a second after short work: at most ten starts in any second",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => start(rig, PERIOD_MS),
  control: {
    without: "minHoldMs",
    fails: /11 starts within/,
    play: (rig) => start(rig, 0),
  },
};
