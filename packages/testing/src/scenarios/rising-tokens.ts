import assert from "node:assert/strict";

import { fencingOrder } from "../check/fencing-order.ts";
import type { Scenario } from "./scenario.ts";

export const risingTokens: Scenario = {
  id: "F1",
  title: "fencing tokens rise from holder to holder, through whichever quorum each of them got in",
  nodeCount: 5,
  async play(rig) {
    const callers = await Promise.all(
      ["a", "b", "c"].map((peer) => rig.connect(peer, { nodeTimeoutMs: rig.isSimulated ? 100 : 500 })),
    );
    const rounds = rig.isSimulated ? 300 : 60;
    let wonCount = 0;
    for (let round = 0; round < rounds; round += 1) {
      const away = [0, 1].map(() => Math.floor(rig.random() * 5));
      using cut = rig.net.partition(away);
      assert.ok(cut);
      const redlock = callers[Math.floor(rig.random() * callers.length)]!;
      const lock = await redlock.tryAcquire("job", rig.isSimulated ? 200 : 1_500).catch(() => null);
      if (lock === null) continue;
      wonCount += 1;
      await lock.release().catch(() => undefined);
    }
    assert.ok(wonCount > rounds / 10, `only ${wonCount} of ${rounds} were won`);
    assert.equal(fencingOrder(rig.history).verdict, "ok");
  },
};
