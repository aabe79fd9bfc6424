import assert from "node:assert/strict";

import type { Lock } from "@quorate/redlock";

import { eventually, pending, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

const POOL = { permits: 2 };
const WAITERS = 10;

interface Served {
  readonly waiter: number;
  readonly lock: Lock;
  readonly atMs: number;
}

async function queue(rig: Rig, fair: boolean): Promise<void> {
  const holder = await rig.connect("holder");
  const held = [await holder.acquire("pool", 600_000, POOL), await holder.acquire("pool", 600_000, POOL)];
  const served: Served[] = [];
  const asked = Array.from({ length: WAITERS }, () => 0);
  const waiting: Promise<unknown>[] = [];
  for (let waiter = 0; waiter < WAITERS; waiter++) {
    const wire = new Wire();
    wire.onSend = ({ kind }) => void (kind === "acquire" && asked[waiter]!++);
    const redlock = await rig.connect(
      `waiter ${waiter}`,
      { retryMaxDelayMs: rig.isSimulated ? 100_000 : 2_000 },
      { wire },
    );
    const options = { ...POOL, fair, waitMs: 300_000 };
    const serve = (lock: Lock): unknown => served.push({ waiter, lock, atMs: rig.nowMs() });
    waiting.push(pending(redlock.acquire("pool", 600_000, options).then(serve)));
    // A node that has not heard of one calls the next: what a round missed is asked again when the place is renewed.
    const stands = async (): Promise<boolean> =>
      (await holder.inspect("pool")).nodes.every(({ waiterCount }) => waiterCount === waiter + 1);
    if (fair) await eventually(rig, "the waiter stands in each line", stands, 40_000);
    else await rig.pass(20);
  }
  for (let turn = 0; turn < WAITERS; turn++) {
    const freed = turn < 2 ? held[turn]! : served[turn - 2]!.lock;
    const before = asked[turn]!;
    const releasedAtMs = rig.nowMs();
    await freed.release();
    while (served.length <= turn) await rig.pass(1);
    const { waiter, lock, atMs } = served[turn]!;
    assert.equal(waiter, turn, "in the order in which they came");
    assert.deepEqual(lock.permits, freed.permits);
    if (!rig.isSimulated) continue;
    assert.ok(atMs - releasedAtMs <= 10, "within 10 ms");
    assert.equal(asked[turn]! - before, 3, "in one round");
  }
  await Promise.all(waiting);
  await Promise.all(served.slice(-2).map(({ lock }) => lock.release()));
}

export const inOrder: Scenario = {
  id: "P4",
  title: "who waits for a permit in other processes is served in order, and finds the freed number in one round",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => queue(rig, true),
  control: {
    without: "the line: waiters with fair: false",
    fails: /in the order in which they came/,
    play: (rig) => queue(rig, false),
  },
};
