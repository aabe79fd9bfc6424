import assert from "node:assert/strict";

import { mutualExclusion } from "../check/mutual-exclusion.ts";
import { eventually, keyCount } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

export const crowd: Scenario = {
  id: "A17",
  title: "of 200 callers in four processes never two are inside, all have their turn, and nothing is left",
  nodeCount: 5,
  async play(rig) {
    const options = { waitMs: 60_000, retryDelayMs: 5, retryMaxDelayMs: 60 };
    const processes = await Promise.all(["p0", "p1", "p2", "p3"].map((peer) => rig.connect(peer, options)));
    let insideCount = 0;
    let turnCount = 0;
    const turn = async (caller: number): Promise<void> => {
      const lock = await processes[caller % 4]!.acquire("job", 20_000);
      insideCount += 1;
      assert.equal(insideCount, 1);
      await rig.pass(rig.random());
      insideCount -= 1;
      turnCount += 1;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 200 }, (_, caller) => turn(caller)));
    assert.equal(turnCount, 200);
    assert.equal(mutualExclusion(rig.history).verdict, "ok");
    await eventually(rig, "nothing is left", async () => (await keyCount(rig, "job")) === 0);
  },
};
