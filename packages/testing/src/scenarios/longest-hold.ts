import assert from "node:assert/strict";

import { eventually } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

export const longestHold: Scenario = {
  id: "C14",
  title: "at maxHoldMs a lock is no longer kept alive, its loss is told at the end of its validity, and others get in",
  nodeCount: 3,
  async play(rig) {
    const [ttlMs, maxHoldMs] = rig.isSimulated ? [400, 800] : [2_000, 4_000];
    const holder = await rig.connect("holder");
    const other = await rig.connect("other");
    const lock = await holder.acquire("job", ttlMs, { autoExtend: true, maxHoldMs });
    const startedAtMs = rig.nowMs();
    const acquiring = other.acquire("job", ttlMs, { waitMs: 20_000 });
    await eventually(rig, "the loss is told", () => lock.signal.aborted);
    const heldForMs = rig.nowMs() - startedAtMs;
    const latestMs = maxHoldMs + ttlMs + (rig.isSimulated ? 0 : 10_000);
    assert.ok(heldForMs > maxHoldMs - 50 && heldForMs < latestMs, `held for ${heldForMs} ms`);
    assert.equal(lock.isHeld(), false);
    await using next = await acquiring;
    assert.ok(next.fencingToken! > lock.fencingToken!);
  },
};
