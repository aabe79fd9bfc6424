import assert from "node:assert/strict";

import type { Lock, Redlock } from "@quorate/redlock";

import { eventually, keyCount, type Rig } from "../rig/rig.ts";
import { Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";
import { countingWire } from "./counted.ts";

const PEERS = ["p0", "p1", "p2", "p3"];
const CALLERS = 64;

/** Three callers that each miss another node of three: three pairs of nodes find room where permits are only counted. */
async function missEach(rig: Rig, isNumbered: boolean): Promise<void> {
  const room = new Room(2);
  const callers = await Promise.all(
    ["a", "b", "c"].map((peer) =>
      rig.connect(
        peer,
        { nodeTimeoutMs: 1_000 },
        { nodes: [0, 1, 2], ...(isNumbered ? {} : { wire: countingWire() }) },
      ),
    ),
  );
  const cuts = ["a", "b", "c"].map((peer, node) => rig.net.blackHole([node], { peers: [peer] }));
  const held: Lock[] = [];
  for (const [index, redlock] of callers.entries()) {
    // A try of who must not get one may also end without an answer.
    const options = { permits: 2, waitMs: index < 2 ? 30_000 : 0 };
    const lock = await redlock.acquire("three", 60_000, options).catch(() => undefined);
    if (lock === undefined) continue;
    held.push(lock);
    // Whatever they call their numbers.
    room.enter({ mode: "permits", permits: [index], isHeld: () => lock.isHeld() });
  }
  assert.equal(held.length, 2);
  for (const cut of cuts) cut[Symbol.dispose]();
  await Promise.all(held.map((lock) => lock.release()));
}

/** 64 callers of four processes for `most` permits of so many nodes, one of which is slow and loses answers. */
async function crowd(rig: Rig, nodeCount: number, most: number): Promise<void> {
  const room = new Room(most);
  const resource = `pool of ${nodeCount}`;
  const nodes = Array.from({ length: nodeCount }, (_, node) => node);
  const patient = { waitMs: 120_000, nodeTimeoutMs: rig.isSimulated ? 100 : 5_000, retryMaxDelayMs: 50 };
  const processes = await Promise.all(PEERS.map((peer) => rig.connect(`${peer} of ${nodeCount}`, patient, { nodes })));
  using slow = rig.net.latency({ nodes: [0], delayMs: 1, jitterMs: 3 });
  const cut = nodeCount < 3 ? undefined : rig.net.partition([nodeCount - 1], { peers: [`p0 of ${nodeCount}`] });
  const turn = async (redlock: Redlock): Promise<void> => {
    const lock = await redlock.acquire(resource, 60_000, { permits: most });
    room.enter(lock);
    await rig.pass(rig.random() * 3);
    room.leave(lock);
    await lock.release();
  };
  const count = nodeCount === 5 ? CALLERS : CALLERS / 16;
  await Promise.all(Array.from({ length: count }, (_, index) => turn(processes[index % 4]!)));
  cut?.[Symbol.dispose]();
  void slow;
  await eventually(rig, "nothing is left", async () => (await keyCount(rig, resource)) === 0, 70_000);
}

async function play(rig: Rig, isNumbered: boolean): Promise<void> {
  await missEach(rig, isNumbered);
  for (const nodeCount of [1, 2, 3, 4, 5]) await crowd(rig, nodeCount, 1 + Math.floor(rig.random() * 5));
}

export const neverMore: Scenario = {
  id: "P1",
  title: "of K permits on 1 to 5 nodes never more are held, and no number twice, also with nodes slow and cut off",
  nodeCount: 5,
  isPatient: true,
  play: (rig) => play(rig, true),
  control: {
    without: "numbers: a counting semaphore, K on each node and any majority",
    fails: /3 of 2 permits are held/,
    play: (rig) => play(rig, false),
  },
};
