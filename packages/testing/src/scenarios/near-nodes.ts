import assert from "node:assert/strict";

import { mutualExclusion } from "../check/mutual-exclusion.ts";
import { eventually, keyCount } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

export const nearNodes: Scenario = {
  id: "A10",
  title: "three contenders, each nearest to another node, hold one after the other, long before a TTL is over",
  nodeCount: 3,
  async play(rig) {
    const names = ["near 0", "near 1", "near 2"];
    const contenders = await Promise.all(names.map((name) => rig.connect(name, { nodeTimeoutMs: 1_000 })));
    // Connected before the race, so that it begins with a split vote.
    await Promise.all(contenders.map((redlock) => redlock.inspect("job")));
    for (const [near, name] of names.entries()) {
      rig.net.latency({ nodes: [0, 1, 2].filter((node) => node !== near), peers: [name], delayMs: 15 });
    }
    const startedAtMs = rig.nowMs();
    const turn = async (redlock: (typeof contenders)[number]): Promise<void> => {
      const lock = await redlock.acquire("job", 30_000, { waitMs: 30_000 });
      await lock.release();
    };
    await Promise.all(contenders.map(turn));
    const tookMs = rig.nowMs() - startedAtMs;
    assert.ok(tookMs < 15_000, `it took ${tookMs} ms`);
    assert.equal(mutualExclusion(rig.history).verdict, "ok");
    await eventually(rig, "nothing is left", async () => (await keyCount(rig, "job")) === 0);
  },
};
