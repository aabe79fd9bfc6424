import assert from "node:assert/strict";

import { mutualExclusion } from "../check/mutual-exclusion.ts";
import type { Scenario } from "./scenario.ts";

export const stoppedHolder: Scenario = {
  id: "C9, C10",
  title:
    "a holder that was stopped past its validity first sees the loss, revives nothing, and has a lower fencing token",
  nodeCount: 3,
  async play(rig) {
    const holder = await rig.startHolder("holder", "job", rig.isSimulated ? 500 : 3_000);
    const before = await holder.look();
    assert.ok(before.isHeld && !before.isAborted);
    await holder.pause();
    const other = await rig.connect("other");
    const next = await other.acquire("job", 20_000, { waitMs: 20_000 });
    const looking = holder.look();
    holder.resume();
    const after = await looking;
    assert.ok(!after.isHeld && after.isAborted);
    assert.ok(next.fencingToken! > before.fencingToken!);
    await rig.pass(400);
    const tokens = await Promise.all(rig.nodes.map((node) => node.tokenOf("job")));
    assert.ok(tokens.every((token) => token === next.token || token === undefined));
    assert.notEqual(mutualExclusion(rig.history).verdict, "violation");
    await next.release();
    await holder.kill();
  },
};
