import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

const DAY_MS = 24 * 3_600_000;

export const thirtyDays: Scenario = {
  id: "C11",
  title: "a lock of 30 days that is kept alive is extended in proportion, not as fast as a timer overflows",
  nodeCount: 3,
  peerFault: "760 extensions/s for a 30-day TTL (timer overflow)",
  async play(rig) {
    const redlock = await rig.connect("app", { restartGuardMs: 0 });
    let extendedCount = 0;
    redlock.on("extended", () => (extendedCount += 1));
    const lock = await redlock.acquire("job", 30 * DAY_MS, { autoExtend: true });
    await rig.pass(500);
    assert.equal(extendedCount, 0);
    assert.equal(lock.isHeld(), true);
    await lock.release();
  },
};
