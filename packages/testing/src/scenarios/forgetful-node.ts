import assert from "node:assert/strict";

import type { Rig } from "./rig/rig.ts";
import type { Scenario } from "./scenario.ts";

/** A holds on nodes 0 and 1 of three; node 1 comes back empty; B can reach 1 and 2. */
async function forget(rig: Rig, restartGuardMs: number, waitMs: number): Promise<unknown> {
  const holder = await rig.connect("holder");
  const other = await rig.connect("other", { restartGuardMs, nodeTimeoutMs: 500 });
  await rig.pass(50);
  rig.net.partition([2], { peers: ["holder"] });
  rig.net.partition([0], { peers: ["other"] });
  const lock = await holder.acquire("job", 10_000);
  await rig.nodes[1]!.restart("empty");
  await rig.pass(500);
  const result = await other.acquire("job", 10_000, { waitMs }).catch((error: unknown) => error);
  assert.ok(lock.isHeld());
  return result;
}

export const forgetfulNode: Scenario = {
  id: "F2",
  title: "a node that comes back empty does not help a second holder for the time of the guard",
  nodeCount: 3,
  async play(rig) {
    const refused = (await forget(rig, 10_000, 0)) as { code?: string };
    assert.equal(refused.code, "QUORUM_UNAVAILABLE");
  },
};

export const forgetfulNodeUnguarded: Scenario = {
  id: "F2, control",
  title: "without the guard it does: two hold at one time",
  nodeCount: 3,
  async play(rig) {
    // Its connections may not be there again at the first round.
    const lock = (await forget(rig, 0, 5_000)) as Error | { isHeld(): boolean };
    if (lock instanceof Error) throw lock;
    assert.equal(lock.isHeld(), true);
  },
};
