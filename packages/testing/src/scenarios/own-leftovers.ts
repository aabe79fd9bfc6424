import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const ownLeftovers: Scenario = {
  id: "A8",
  title: "a caller is not kept waiting by what its own lost try left behind",
  nodeCount: 3,
  peerFault: "contenders block themselves (no rollback between tries)",
  async play(rig) {
    const redlock = await rig.connect("app");
    await (await redlock.acquire("warm-up", 20_000)).release();
    await Promise.all([rig.nodes[0]!.occupy("job", 400), rig.nodes[1]!.occupy("job", 400)]);
    // Every lost try wins node 2. With its key left there for a minute, and node 0 gone for good, none could be won.
    const acquiring = redlock.acquire("job", 60_000, { waitMs: 20_000 });
    await rig.pass(100);
    await rig.nodes[0]!.kill();
    await using lock = await acquiring;
    assert.ok(lock.isHeld());
  },
};
