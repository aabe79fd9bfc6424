import assert from "node:assert/strict";

import { lossBeforeNextHolder } from "../check/loss-before-next-holder.ts";
import { mutualExclusion } from "../check/mutual-exclusion.ts";
import type { Scenario } from "./scenario.ts";

export const cutOffHolder: Scenario = {
  id: "C7",
  title: "cut off from a majority, the holder is told once, before anybody else holds, and using settles",
  nodeCount: 5,
  peerFault: "loss is signalled late or never under a partition",
  async play(rig) {
    const holder = await rig.connect("holder");
    const other = await rig.connect("other");
    let abortCount = 0;
    let acquiring: ReturnType<typeof other.acquire> | undefined;
    const result = await holder.using("job", 800, async (signal, lock) => {
      signal.addEventListener("abort", () => (abortCount += 1));
      acquiring = other.acquire("job", 5_000, { waitMs: 20_000 });
      await rig.pass(rig.random() * 500);
      rig.net.partition([0, 1, 2], { peers: ["holder"] });
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      assert.equal(lock.isHeld(), false);
      return "the routine's own";
    });
    assert.equal(result, "the routine's own");
    const next = await acquiring!;
    assert.equal(abortCount, 1);
    assert.equal(mutualExclusion(rig.history).verdict, "ok");
    assert.equal(lossBeforeNextHolder(rig.history).verdict, "ok");
    await next.release();
  },
};
