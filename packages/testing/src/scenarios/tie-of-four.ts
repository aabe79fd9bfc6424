import assert from "node:assert/strict";

import { eventually, keyCount } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

export const tieOfFour: Scenario = {
  id: "A4",
  title: "a 2-2 tie of four nodes is lost at once, and nothing of it is left",
  nodeCount: 4,
  peerFault: "a 2-2 tie never settles",
  async play(rig) {
    const redlock = await rig.connect("app", { nodeTimeoutMs: 20_000 });
    await (await redlock.acquire("warm-up", 20_000)).release();
    await Promise.all([rig.nodes[0]!.occupy("job", 60_000), rig.nodes[1]!.occupy("job", 60_000)]);
    const startedAtMs = rig.nowMs();
    await assert.rejects(redlock.acquire("job", 60_000, { waitMs: 0 }), { code: "RESOURCE_LOCKED" });
    assert.ok(rig.nowMs() - startedAtMs < 10_000, "no node timeout was waited for");
    await eventually(rig, "the other two are free", async () => (await keyCount(rig, "job")) === 2);
  },
};
