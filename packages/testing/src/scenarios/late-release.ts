import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const lateRelease: Scenario = {
  id: "B1, B2, C2",
  title: "whoever releases or extends a lock that has ended by itself does nothing to the next holder's",
  nodeCount: 3,
  isPatient: true,
  async play(rig) {
    const late = await rig.connect("late");
    const next = await rig.connect("next");
    // A busy machine takes longer than that for a round.
    const ttlMs = rig.isSimulated ? 200 : 3_000;
    const [toRelease, toExtend] = [await late.acquire("a", ttlMs), await late.acquire("b", ttlMs)];
    const held = await next.acquire(["a", "b"], 20_000, { waitMs: 20_000 });
    await assert.rejects(toExtend.extend(), { code: "LOCK_LOST" });
    await toRelease.release();
    await toRelease.release();
    await rig.pass(50);
    assert.ok(held.isHeld());
    for (const resource of ["a", "b"]) {
      const tokens = await Promise.all(rig.nodes.map((node) => node.tokenOf(resource)));
      assert.ok(tokens.filter((token) => token === held.token).length >= 2, `${resource}: ${tokens.join(" ")}`);
      assert.ok(!tokens.includes(toRelease.token) && !tokens.includes(toExtend.token));
    }
    await held.release();
  },
};
