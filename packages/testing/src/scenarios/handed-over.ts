import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const handedOver: Scenario = {
  id: "D4",
  title: "a waiter in another process holds as soon as the lock is released, however long its back-off",
  nodeCount: 3,
  async play(rig) {
    const holder = await rig.connect("holder");
    const waiter = await rig.connect("waiter", { retryDelayMs: 10_000, retryMaxDelayMs: 10_000 });
    const lock = await holder.acquire("job", 60_000);
    const acquiring = waiter.acquire("job", 60_000, { waitMs: 30_000 });
    await rig.pass(500);
    const releasedAtMs = rig.nowMs();
    await lock.release();
    const next = await acquiring;
    const waitedMs = rig.nowMs() - releasedAtMs;
    assert.ok(waitedMs < (rig.isSimulated ? 10 : 5_000), `the hand-over took ${waitedMs} ms`);
    await next.release();
  },
};
