import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const allForget: Scenario = {
  id: "F5",
  title: "when all nodes have lost everything, the next fencing token is still greater than the last one",
  nodeCount: 3,
  async play(rig) {
    const before = await rig.connect("before", { restartGuardMs: 0 });
    const last = await before.acquire("job", 20_000);
    await last.release();
    await rig.pass(20);
    await Promise.all(rig.nodes.map((node) => node.flush()));
    const after = await rig.connect("after", { restartGuardMs: 0 });
    const next = await after.acquire("job", 20_000);
    assert.ok(next.fencingToken! > last.fencingToken!);
    await next.release();
  },
};
