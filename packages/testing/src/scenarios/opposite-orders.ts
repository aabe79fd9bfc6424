import assert from "node:assert/strict";

import { mutualExclusion } from "../check/mutual-exclusion.ts";
import { eventually, keyCount } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

export const oppositeOrders: Scenario = {
  id: "E1",
  title: "{a, b} and {b, a}, asked for over and over by four callers: no deadlock, no overlap, nothing left",
  nodeCount: 3,
  async play(rig) {
    const orders = [
      ["a", "b"],
      ["b", "a"],
    ] as const;
    const caller = async (index: number): Promise<void> => {
      const redlock = await rig.connect(`caller ${index}`, { waitMs: 60_000 });
      for (let round = 0; round < 20; round += 1) {
        const lock = await redlock.acquire(orders[index % 2]!, 20_000);
        await rig.pass(rig.random());
        await lock.release();
      }
    };
    await Promise.all([0, 1, 2, 3].map(caller));
    assert.equal(mutualExclusion(rig.history).verdict, "ok");
    for (const resource of ["a", "b"]) {
      await eventually(rig, "nothing is left", async () => (await keyCount(rig, resource)) === 0);
    }
  },
};
