import assert from "node:assert/strict";

import { QuorumUnavailableError } from "@quorate/redlock";

import type { Scenario } from "./scenario.ts";

export const saysWhy: Scenario = {
  id: "A3, A6",
  title: "a lock that cannot be had says of each node why: dead ones, hung ones",
  nodeCount: 5,
  peerFault: '"unable to achieve a quorum" explains nothing',
  async play(rig) {
    const redlock = await rig.connect("app", { nodeTimeoutMs: 2_000 });
    await (await redlock.acquire("warm-up", 20_000)).release();
    await rig.nodes[0]!.kill();
    await rig.nodes[1]!.pause();
    await rig.nodes[2]!.pause();
    const error = await redlock.acquire("job", 5_000, { waitMs: 0 }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof QuorumUnavailableError);
    assert.equal(error.votes.length, 5);
    const unknown = error.votes.filter(({ outcome }) => outcome === "unknown");
    assert.equal(unknown.length, 3);
    for (const { node, reason } of unknown)
      assert.ok(node !== "" && reason !== undefined && error.message.includes(node));
    rig.nodes[1]!.resume();
    rig.nodes[2]!.resume();
  },
};
