import assert from "node:assert/strict";

import type { Redlock } from "@quorate/redlock";

import type { Scenario } from "./scenario.ts";

export const slots: Scenario = {
  id: "K of N",
  title: "two slots, each a lock of its own, admit two, though three nodes have room for three majorities of permits",
  nodeCount: 3,
  peerFault: "K permits per node with a majority admit floor(N*K/M) holders",
  async play(rig) {
    const callers = await Promise.all(["a", "b", "c"].map((peer) => rig.connect(peer)));
    // Each misses another node: where permits are counted on each node, three pairs of two nodes all find room.
    for (const [index, peer] of ["a", "b", "c"].entries()) rig.net.blackHole([index], { peers: [peer] });
    const take = async (redlock: Redlock): Promise<unknown> =>
      (await redlock.tryAcquire("slot:0", 60_000)) ?? (await redlock.tryAcquire("slot:1", 60_000));
    const taken = [];
    for (const redlock of callers) taken.push(await take(redlock));
    assert.equal(taken.filter((lock) => lock !== null).length, 2);
  },
};
