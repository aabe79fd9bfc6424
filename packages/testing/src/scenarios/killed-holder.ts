import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const killedHolder: Scenario = {
  id: "C6",
  title: "when the holder's process is killed, somebody else holds within its TTL",
  nodeCount: 3,
  async play(rig) {
    const ttlMs = rig.isSimulated ? 1_000 : 3_000;
    const other = await rig.connect("other");
    await (await other.acquire("warm-up", 20_000)).release();
    const holder = await rig.startHolder("holder", "job", ttlMs);
    assert.equal(await other.tryAcquire("job", 5_000), null);
    const acquiring = other.acquire("job", 5_000, { waitMs: 20_000 });
    await holder.kill();
    const killedAtMs = rig.nowMs();
    await using lock = await acquiring;
    assert.ok(lock.isHeld());
    const waitedMs = rig.nowMs() - killedAtMs;
    assert.ok(waitedMs < ttlMs + 50 + (rig.isSimulated ? 0 : 10_000), `it took ${waitedMs} ms`);
  },
};
