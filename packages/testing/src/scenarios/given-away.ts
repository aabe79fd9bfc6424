import assert from "node:assert/strict";

import { fencingOrder } from "../check/fencing-order.ts";
import { mutualExclusion } from "../check/mutual-exclusion.ts";
import { eventually, keyCount, type Rig } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

/** A round's deadline is a part of it, and real machines are busy. */
const ttlOf = (rig: Rig): number => (rig.isSimulated ? 1_000 : 6_000);
/** Real machines are busy. */
const slackMs = (rig: Rig): number => (rig.isSimulated ? 0 : 10_000);

function assertOneAtATime(rig: Rig): void {
  assert.equal(mutualExclusion(rig.history).verdict, "ok");
  assert.equal(fencingOrder(rig.history).verdict, "ok");
}

/** A release gives its node's key to whom that node knows as the first: here two nodes know one, and one another. */
export const splitGrant: Scenario = {
  id: "D9",
  title:
    "where a release gives different waiters the lock on different nodes, one of them holds and the other comes next",
  nodeCount: 3,
  async play(rig) {
    const ttlMs = ttlOf(rig);
    const [holder, first, second] = await Promise.all(["holder", "first", "second"].map((peer) => rig.connect(peer)));
    const lock = await holder!.acquire("job", 60_000);
    const cut = rig.net.partition([2], { peers: ["first"] });
    const acquiring = [first!.acquire("job", ttlMs, { waitMs: 30_000 })];
    await rig.pass(100);
    acquiring.push(second!.acquire("job", ttlMs, { waitMs: 30_000 }));
    await rig.pass(200);
    cut[Symbol.dispose]();
    const releasedAtMs = rig.nowMs();
    await lock.release();
    const ends = acquiring.map(async (each) => {
      const won = await each;
      assert.ok(won.isHeld());
      await won.release();
    });
    await Promise.all(ends);
    assert.ok(rig.nowMs() - releasedAtMs < 3 * ttlMs + slackMs(rig), "both were served");
    assertOneAtATime(rig);
  },
};

export const cutOffReceiver: Scenario = {
  id: "D10",
  title: "a receiver that is cut off as it is given the lock costs the next one no more than its claim",
  nodeCount: 3,
  async play(rig) {
    const ttlMs = ttlOf(rig);
    const [holder, first, second] = await Promise.all(["holder", "first", "second"].map((peer) => rig.connect(peer)));
    const lock = await holder!.acquire("job", 60_000);
    const cutOff = first!.acquire("job", ttlMs, { waitMs: 60_000 });
    await rig.pass(100);
    const acquiring = second!.acquire("job", ttlMs, { waitMs: 60_000 });
    await rig.pass(200);
    const cut = rig.net.partition([0, 1, 2], { peers: ["first"] });
    const releasedAtMs = rig.nowMs();
    await lock.release();
    const next = await acquiring;
    assert.ok(
      rig.nowMs() - releasedAtMs < 2.5 * ttlMs + slackMs(rig),
      "its claim is at most the TTL, and asked for soon after",
    );
    await next.release();
    cut[Symbol.dispose]();
    await (await cutOff).release();
    assertOneAtATime(rig);
  },
};

export const abortAsGiven: Scenario = {
  id: "D11",
  title: "a waiter that gives up as it is given the lock keeps it from nobody, and leaves nothing",
  nodeCount: 3,
  async play(rig) {
    const [holder, first, second] = await Promise.all(["holder", "first", "second"].map((peer) => rig.connect(peer)));
    for (let turn = 0; turn < 8; turn++) {
      const lock = await holder!.acquire("job", 60_000);
      const controller = new AbortController();
      const given = first!.acquire("job", 60_000, { waitMs: 60_000, signal: controller.signal }).catch(() => null);
      await rig.pass(60);
      const acquiring = second!.acquire("job", 60_000, { waitMs: 60_000 });
      await rig.pass(60);
      const releasing = lock.release();
      await rig.pass(rig.random() * 4);
      controller.abort(new Error("changed my mind"));
      await releasing;
      const won = await given;
      await won?.release();
      await (await acquiring).release();
    }
    await eventually(rig, "nothing is left", async () => (await keyCount(rig, "job")) === 0);
    assertOneAtATime(rig);
  },
};
