import assert from "node:assert/strict";

import { eventually, keyCount } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

export const deletedKey: Scenario = {
  id: "C3",
  title: "a key that one node lost is made again by an extension that did without that node",
  nodeCount: 3,
  async play(rig) {
    const redlock = await rig.connect("holder");
    const lock = await redlock.acquire("job", 20_000);
    await eventually(rig, "all nodes have the key", async () => (await keyCount(rig, "job")) === 3);
    await rig.nodes[0]!.flush();
    await lock.extend();
    await eventually(rig, "the key is there again", async () => (await rig.nodes[0]!.tokenOf("job")) === lock.token);
    await lock.release();
    await eventually(rig, "nothing is left", async () => (await keyCount(rig, "job")) === 0);
  },
};

export const deletedKeys: Scenario = {
  id: "C4, C8",
  title: "keys that a majority lost are a lost lock at the next extension, and are not made again",
  nodeCount: 5,
  async play(rig) {
    const redlock = await rig.connect("holder");
    const lock = await redlock.acquire("job", rig.isSimulated ? 900 : 3_000, { autoExtend: true });
    await eventually(rig, "all nodes have the key", async () => (await keyCount(rig, "job")) === 5);
    await Promise.all([0, 1, 2].map((node) => rig.nodes[node]!.flush()));
    await eventually(rig, "the loss is told", () => lock.signal.aborted);
    // Not only when its validity ends.
    assert.match(String(lock.signal.reason), /keys are gone/);
    assert.equal(lock.isHeld(), false);
    await assert.rejects(lock.extend(), { code: "LOCK_LOST" });
    await rig.pass(100);
    for (const node of [0, 1, 2]) assert.equal(await rig.nodes[node]!.tokenOf("job"), undefined);
  },
};
