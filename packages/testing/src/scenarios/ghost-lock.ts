import assert from "node:assert/strict";

import { eventually, keyCount } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

export const ghostLock: Scenario = {
  id: "A9",
  title: "what hung nodes carry out after everybody gave up is undone by the release right behind it",
  nodeCount: 3,
  peerFault: "a timed-out node keeps the key for a whole TTL",
  async play(rig) {
    const redlock = await rig.connect("app", { nodeTimeoutMs: rig.isSimulated ? 100 : 3_000 });
    await (await redlock.acquire("warm-up", 20_000)).release();
    await Promise.all([rig.nodes[0]!.pause(), rig.nodes[1]!.pause()]);
    await assert.rejects(redlock.acquire("job", 60_000, { waitMs: 0 }), { code: "QUORUM_UNAVAILABLE" });
    rig.nodes[0]!.resume();
    rig.nodes[1]!.resume();
    await eventually(rig, "no node keeps the key", async () => (await keyCount(rig, "job")) === 0);
    // The late acquire has been carried out by then, not only kept back: the next one is behind it.
    await eventually(rig, "all nodes vote again", async () => {
      const lock = await redlock.tryAcquire("job", 60_000).catch(() => null);
      if (lock === null) return false;
      const isEverywhere = (await keyCount(rig, "job")) === 3;
      await lock.release();
      return isEverywhere;
    });
    await eventually(rig, "and is released everywhere", async () => (await keyCount(rig, "job")) === 0);
  },
};
