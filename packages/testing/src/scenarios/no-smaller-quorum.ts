import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const noSmallerQuorum: Scenario = {
  id: "A3",
  title: "no option makes one node of three enough: the quorum cannot be set, and without it there is no lock",
  nodeCount: 3,
  peerFault: "a quorum of 1 in 3 is accepted",
  async play(rig) {
    await assert.rejects(async () => rig.connect("unsafe", { quorum: 1 } as never), /quorum/);
    const redlock = await rig.connect("app", { nodeTimeoutMs: 200 });
    await Promise.all([rig.nodes[0]!.kill(), rig.nodes[1]!.kill()]);
    await assert.rejects(redlock.acquire("job", 5_000, { waitMs: 0 }), { code: "QUORUM_UNAVAILABLE" });
  },
};
