import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const firstCome: Scenario = {
  id: "D8",
  title: "50 waiters of one process are served in the order of asking; those who change their minds delay nobody",
  nodeCount: 3,
  async play(rig) {
    const redlock = await rig.connect("app");
    const first = await redlock.acquire("job", 60_000);
    const controllers = Array.from({ length: 50 }, () => new AbortController());
    const served: number[] = [];
    const waiting = controllers.map(async ({ signal }, index) => {
      const lock = await redlock.acquire("job", 60_000, { waitMs: 60_000, signal });
      served.push(index);
      await lock.release();
    });
    const leavers = new Set([10, 25, 26, 49]);
    await rig.pass(20);
    const reason = new Error("changed my mind");
    const left = [...leavers].map((index) => assert.rejects(waiting[index]!, reason));
    for (const index of leavers) controllers[index]!.abort(reason);
    await Promise.all(left);
    await first.release();
    await Promise.all(waiting.filter((_, index) => !leavers.has(index)));
    const expected = waiting.map((_, index) => index).filter((index) => !leavers.has(index));
    assert.deepEqual(served, expected);
  },
};
