import assert from "node:assert/strict";

import type { Lock } from "@quorate/redlock";

import { eventually, keyCount } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

export const tooLate: Scenario = {
  id: "A7",
  title: "grants that come after the validity are no lock: nothing is handed out, and nothing is left",
  nodeCount: 3,
  peerFault: "an expired lock is handed out (validity never checked)",
  async play(rig) {
    const redlock = await rig.connect("app", { nodeTimeoutMs: 1_000 });
    await (await redlock.acquire("warm-up", 20_000)).release();
    const handedOut: Lock[] = [];
    {
      using slow = rig.net.slow({ nodes: [0, 1, 2], delayMs: 400 });
      assert.ok(slow);
      const acquiring = redlock.acquire("job", 300, { waitMs: 0 }).then((lock) => handedOut.push(lock));
      await assert.rejects(acquiring, { code: "TOO_LATE" });
    }
    assert.deepEqual(handedOut, []);
    await eventually(
      rig,
      "nothing is left",
      async () => (await keyCount(rig, "job")) === 0,
      rig.isSimulated ? 250 : 10_000,
    );
  },
};
