import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

const HOUR_MS = 3_600_000;

export const clockSteps: Scenario = {
  id: "C12",
  title: "a holder whose wall clock jumps an hour ahead has lost its lock; an hour back changes nothing",
  nodeCount: 3,
  isSimulatedOnly: true,
  async play(rig) {
    const ttlMs = 10_000;
    const ahead = await rig.startHolder("ahead", "a", ttlMs);
    const back = await rig.startHolder("back", "b", ttlMs);
    const other = await rig.connect("other");
    await rig.pass(rig.random() * 2 * ttlMs);
    ahead.stepClock!(HOUR_MS);
    back.stepClock!(-HOUR_MS);
    const [seenAhead, seenBack] = [await ahead.look(), await back.look()];
    assert.ok(!seenAhead.isHeld && seenAhead.isAborted);
    assert.ok(seenBack.isHeld && !seenBack.isAborted && seenBack.remainingMs < ttlMs, JSON.stringify(seenBack));
    const next = await other.acquire("a", ttlMs, { waitMs: 2 * ttlMs });
    assert.ok(next.fencingToken! > seenAhead.fencingToken!);
    await next.release();
    await rig.pass(rig.random() * ttlMs);
    assert.ok((await back.look()).isHeld);
    assert.equal(await other.tryAcquire("b", ttlMs), null);
    await Promise.all([ahead.kill(), back.kill()]);
  },
};
