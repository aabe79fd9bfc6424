import assert from "node:assert/strict";

import type { Rig } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

/** The longer ones are for real processes on a busy machine: who stands still for a TTL loses the lock, and rightly. */
const TTLS_MS = [300, 1_500, 7_500];

export const keptAlive: Scenario = {
  id: "C5",
  title: "a lock that is kept alive for five TTLs lets nobody else in, at about one extension per third of a TTL",
  nodeCount: 5,
  async play(rig) {
    for (const ttlMs of rig.isSimulated ? TTLS_MS.slice(0, 1) : TTLS_MS) {
      if (await isKept(rig, ttlMs)) return;
    }
    assert.fail("it was lost");
  },
};

/** False when the holder knew that it was lost; fails when somebody got in while it did not. */
async function isKept(rig: Rig, ttlMs: number): Promise<boolean> {
  const holder = await rig.connect(`holder ${ttlMs}`);
  const other = await rig.connect(`other ${ttlMs}`);
  let extendedCount = 0;
  holder.on("extended", () => (extendedCount += 1));
  await using lock = await holder.acquire("job", ttlMs, { autoExtend: true });
  const outcome = await other.acquire("job", ttlMs, { waitMs: 5 * ttlMs }).catch((error: unknown) => error);
  if (!lock.isHeld()) return false;
  assert.equal((outcome as { code?: string }).code, "RESOURCE_LOCKED");
  assert.ok(extendedCount <= 30, `${extendedCount} extensions in five TTLs`);
  return extendedCount >= 5;
}
