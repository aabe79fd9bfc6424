import assert from "node:assert/strict";

import { eventually, keyCount } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

export const releaseDuringExtend: Scenario = {
  id: "B5",
  title: "a release at any moment of an extension leaves nothing, and is no loss",
  nodeCount: 5,
  async play(rig) {
    // Not what is asked here: a machine that stands still for a second must not fail it.
    const redlock = await rig.connect("app", { nodeTimeoutMs: 5_000 });
    let lostCount = 0;
    redlock.on("lost", () => (lostCount += 1));
    const rounds = rig.isSimulated ? 20 : 50;
    using jitter = rig.net.latency({ delayMs: 0.2, jitterMs: 2 });
    assert.ok(jitter);
    for (let round = 0; round < rounds; round += 1) {
      const lock = await redlock.acquire("job", 10_000);
      const extending = lock.extend(20_000).catch(() => undefined);
      await rig.pass(rig.random() * 6);
      await lock.release();
      await extending;
    }
    await eventually(rig, "nothing is left", async () => (await keyCount(rig, "job")) === 0);
    assert.equal(lostCount, 0);
  },
};
