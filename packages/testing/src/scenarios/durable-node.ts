import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const durableNode: Scenario = {
  id: "F4",
  title: "a node that syncs every write votes at once after it was killed, and still knows the lock",
  nodeCount: 3,
  isDurable: true,
  async play(rig) {
    const holder = await rig.connect("holder");
    const other = await rig.connect("other", { durableNodes: true });
    const lock = await holder.acquire("job", 60_000);
    await rig.pass(50);
    await rig.nodes[1]!.kill();
    await rig.nodes[1]!.restart("kept");
    assert.equal(await rig.nodes[1]!.tokenOf("job"), lock.token);
    await rig.nodes[0]!.kill();
    // Its vote and node 2's make the quorum that says so.
    await assert.rejects(other.acquire("job", 20_000, { waitMs: 3_000 }), { code: "RESOURCE_LOCKED" });
    const free = await other.acquire("other-job", 20_000);
    await Promise.all([free.release(), lock.release()]);
  },
};
