import assert from "node:assert/strict";

import type { Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import { Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";

const POOL = { permits: 2 };

/** `isKnown`: whether who comes later asks for what the stopped ones hold. */
async function stop(rig: Rig, isKnown: boolean): Promise<void> {
  const ttlMs = isKnown ? (rig.isSimulated ? 500 : 4_000) : 60_000;
  const holders = [
    await rig.startHolder("one", "pool", ttlMs, POOL),
    await rig.startHolder("two", "pool", ttlMs, POOL),
  ];
  const before = await Promise.all(holders.map((holder) => holder.look()));
  assert.deepEqual(new Set(before.flatMap(({ permits }) => permits)), new Set([0, 1]));
  await Promise.all(holders.map((holder) => holder.pause()));
  const wire = new Wire();
  if (!isKnown) wire.change = (operation) => ({ ...operation, keys: ["elsewhere"] });
  const other = await rig.connect("other", {}, { wire });
  const room = new Room(POOL.permits);
  const next = [];
  while (next.length < holders.length) {
    const lock = await other.acquire("pool", 60_000, { ...POOL, waitMs: 30_000 });
    room.enter(lock);
    next.push(lock);
  }
  assert.equal(await other.tryAcquire("pool", 60_000, POOL), null, "to one other at most");
  const looking = holders.map((holder) => holder.look());
  for (const holder of holders) holder.resume();
  for (const after of await Promise.all(looking)) assert.ok(!after.isHeld && after.isAborted, "it sees the loss first");
  for (const [index, { fencingToken, permits }] of before.entries()) {
    const successor = next.find((lock) => lock.permits.join() === permits.join());
    assert.ok(successor!.fencingToken! > fencingToken!, `the token of holder ${index} is lower`);
  }
  await Promise.all(next.map((lock) => lock.release()));
  await Promise.all(holders.map((holder) => holder.kill()));
}

export const stoppedHolders: Scenario = {
  id: "P14",
  title: "holders that were stopped see the loss first when they run again, and each number was given to one other",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => stop(rig, true),
  control: {
    without: "waiting for the end of what they hold",
    fails: /it sees the loss first/,
    play: (rig) => stop(rig, false),
  },
};
