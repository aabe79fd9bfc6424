import assert from "node:assert/strict";

import { keyCount } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

export const givingUp: Scenario = {
  id: "D1, D2, D3",
  title: "a waiter gives up in time, at its signal or at once when that aborted before, and leaves nothing",
  nodeCount: 3,
  async play(rig) {
    const holder = await rig.connect("holder");
    const waiter = await rig.connect("waiter");
    const lock = await holder.acquire("job", 60_000);
    const startedAtMs = rig.nowMs();
    await assert.rejects(waiter.acquire("job", 60_000, { waitMs: 300 }), { code: "RESOURCE_LOCKED" });
    assert.ok(rig.nowMs() - startedAtMs >= 250, "it waited");
    const reason = new Error("changed my mind");
    for (const afterMs of [0, 1, 3, 50, 200]) {
      const controller = new AbortController();
      const acquiring = waiter.acquire("job", 60_000, { waitMs: 60_000, signal: controller.signal });
      const rejected = assert.rejects(acquiring, reason);
      await rig.pass(afterMs);
      controller.abort(reason);
      await rejected;
    }
    await assert.rejects(waiter.acquire("job", 60_000, { signal: AbortSignal.abort(reason) }), reason);
    await lock.release();
    await rig.pass(100);
    assert.equal(await keyCount(rig, "job"), 0);
  },
};
