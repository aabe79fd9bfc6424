import assert from "node:assert/strict";

import type { Lock } from "@quorate/redlock";

import type { Rig } from "../rig/rig.ts";
import { Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";

const POOL = { permits: 3 };

/** `nodes`: which of the five they take for all there are. */
async function loseTwo(rig: Rig, nodes: readonly number[]): Promise<void> {
  const room = new Room(POOL.permits);
  const peers = ["p0", "p1", "p2", "p3"];
  const callers = await Promise.all(peers.map((peer) => rig.connect(peer, { nodeTimeoutMs: 1_000 }, { nodes })));
  await Promise.all([rig.nodes[3]!.kill(), rig.nodes[4]!.kill()]);
  const held: Lock[] = [];
  for (const redlock of callers.slice(0, 3)) {
    const waiting = redlock.acquire("pool", 60_000, { ...POOL, waitMs: 3_000 });
    const lock = await waiting.catch(() => assert.fail("not all permits are there"));
    room.enter(lock);
    held.push(lock);
  }
  assert.equal(await callers[3]!.tryAcquire("pool", 60_000, POOL), null);
  assert.deepEqual(new Set(held.flatMap(({ permits }) => permits)), new Set([0, 1, 2]));
  await Promise.all(held.map((lock) => lock.release()));
}

export const twoDown: Scenario = {
  id: "P9",
  title: "with two of five nodes down all permits are there, and no more",
  nodeCount: 5,
  isPatient: true,
  play: (rig) => loseTwo(rig, [0, 1, 2, 3, 4]),
  control: {
    without: "a quorum that can do without the two",
    fails: /not all permits are there/,
    play: (rig) => loseTwo(rig, [2, 3, 4]),
  },
};
