import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const keptAlive: Scenario = {
  id: "C5",
  title: "a lock that is kept alive for five TTLs lets nobody else in, at about one extension per third of a TTL",
  nodeCount: 5,
  async play(rig) {
    // A real process may not run for a while, and would rightly lose a shorter lock.
    const ttlMs = rig.isSimulated ? 300 : 1_000;
    const holder = await rig.connect("holder");
    const other = await rig.connect("other");
    let extendedCount = 0;
    holder.on("extended", () => (extendedCount += 1));
    await using lock = await holder.acquire("job", ttlMs, { autoExtend: true });
    await assert.rejects(other.acquire("job", ttlMs, { waitMs: 5 * ttlMs }), { code: "RESOURCE_LOCKED" });
    assert.ok(lock.isHeld());
    assert.ok(extendedCount >= 5 && extendedCount <= 30, `${extendedCount} extensions in five TTLs`);
  },
};
