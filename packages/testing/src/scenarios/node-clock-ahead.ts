import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const nodeClockAhead: Scenario = {
  id: "C13",
  title: "one node whose wall clock jumps past the TTL lets nobody in beside the holder",
  nodeCount: 3,
  async play(rig) {
    const holder = await rig.connect("holder");
    const other = await rig.connect("other");
    const lock = await holder.acquire("job", 20_000);
    rig.nodes[1]!.stepClock?.(25_000);
    assert.equal(await other.tryAcquire("job", 20_000), null);
    await lock.extend();
    assert.ok(lock.isHeld());
    assert.equal(await other.tryAcquire("job", 20_000), null);
    await lock.release();
    await using next = await other.acquire("job", 20_000);
    assert.ok(next.fencingToken! > lock.fencingToken!);
  },
};
