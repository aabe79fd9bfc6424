import assert from "node:assert/strict";

import type { Scenario } from "./scenario.ts";

export const broughtBack: Scenario = {
  id: "F3",
  title: "a released lock that a snapshot brings back on a majority blocks for no longer than its TTL",
  nodeCount: 3,
  async play(rig) {
    const ttlMs = rig.isSimulated ? 2_000 : 8_000;
    const redlock = await rig.connect("app", { restartGuardMs: 0 });
    const lock = await redlock.acquire("job", ttlMs);
    const grantedAtMs = rig.nowMs();
    await rig.pass(50);
    const back = rig.nodes.slice(0, 2);
    await Promise.all(back.map((node) => node.takeSnapshot()));
    await lock.release();
    await Promise.all(back.map((node) => node.restart("snapshot")));
    assert.deepEqual(await Promise.all(back.map((node) => node.tokenOf("job"))), [lock.token, lock.token]);
    const next = await redlock.acquire("job", ttlMs, { waitMs: 20_000 });
    const blockedMs = rig.nowMs() - grantedAtMs;
    assert.ok(blockedMs < ttlMs + (rig.isSimulated ? 100 : 10_000), `blocked for ${blockedMs} ms`);
    assert.ok(next.fencingToken! > lock.fencingToken!);
    await next.release();
  },
};
