import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const failedRelease: Scenario = {
  id: "B4",
  title: "the routine's own result or error comes out of using, also when the release fails",
  nodeCount: 3,
  peerFault: "a release failure replaces the routine's own result",
  async play(rig) {
    const redlock = await rig.connect("app", { nodeTimeoutMs: 200 });
    const failures: unknown[] = [];
    redlock.on("releaseFailed", ({ error }) => failures.push(error));
    const cutOff = (): Disposable => rig.net.partition([0, 1, 2]);
    const result = await redlock.using("job", 5_000, async () => {
      cutOff();
      return 42;
    });
    assert.equal(result, 42);
    rig.net.heal();
    const own = new Error("the routine's own");
    const failing = redlock.using("other-job", 5_000, async () => {
      cutOff();
      throw own;
    });
    await assert.rejects(failing, own);
    rig.net.heal();
    assert.equal(failures.length, 2);
  },
};
