/** An app's own test file, for the runner that comes with Node: nothing in the package depends on another one. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Redlock } from "@quorate/redlock";
import { describeNodeContract, memoryNodes, withFleet } from "@quorate/testing";

void test("nodes in memory", async () => {
  const fleet = memoryNodes(3);
  const redlock = new Redlock(fleet.connect());
  const lock = await redlock.acquire("job", 5_000);
  assert.equal(await redlock.tryAcquire("job", 5_000), null);
  assert.equal(await lock.release(), "released");
  await redlock.close();
});

void test("real servers, and a holder in a process of its own", async () => {
  await withFleet(3, async ({ redlock, nodes, startHolder }) => {
    await nodes[0].kill();
    const holder = await startHolder("holder", "job", 5_000);
    assert.equal(await redlock.tryAcquire("job", 5_000), null);
    assert.equal(await holder.release(), "released");
  });
});

const inMemory = async () => {
  const fleet = memoryNodes(1);
  const [node] = fleet.connect();
  const server = {
    node,
    kill: async () => fleet.node(0).kill(),
    restart: async ({ keepData }) => fleet.node(0).restart(keepData ? "kept" : "empty"),
    pause: async () => fleet.node(0).stop(),
    resume: () => fleet.node(0).resume(),
    flushScripts: async () => fleet.node(0).flushScripts(),
    fillMemory: async () => void (fleet.node(0).model.outOfMemory = true),
    freeMemory: async () => void (fleet.node(0).model.outOfMemory = false),
    lockKeys: async () => fleet.node(0).lockKeys(),
  };
  return { server, stop: async () => {} };
};
describeNodeContract(({ node }) => ({ node }), { runner: { describe, test }, startServer: inMemory });
