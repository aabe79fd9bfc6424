import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

const CYCLES = 20;

export const deadAndHung: Scenario = {
  id: "A5",
  title: "with one node dead and one hung of five, locks are taken without waiting for either, and both come back",
  nodeCount: 5,
  peerFault: "one dead or hung node stalls everything for seconds or for ever",
  async play(rig) {
    // Far above what a busy machine takes for a cycle.
    const nodeTimeoutMs = rig.isSimulated ? 2_000 : 8_000;
    const redlock = await rig.connect("app", { nodeTimeoutMs });
    await (await redlock.acquire("warm-up", 20_000)).release();
    await rig.nodes[0]!.kill();
    await rig.nodes[1]!.pause();
    const startedAtMs = rig.nowMs();
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const lock = await redlock.acquire("job", 30_000);
      await lock.release();
    }
    const elapsedMs = rig.nowMs() - startedAtMs;
    assert.ok(
      elapsedMs < (CYCLES * nodeTimeoutMs) / 4,
      `${CYCLES} cycles took ${elapsedMs} ms: some waited for the node timeout`,
    );
    rig.nodes[1]!.resume();
  },
};
