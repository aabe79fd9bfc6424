import assert from "node:assert/strict";

import type { Lock, Redlock } from "@quorate/redlock";

import type { Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import { Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";

const [FEW, MANY] = [10, 20];

/** Half of the callers say 10, half say 20. `isOne`: whether all are in one pool. */
async function resize(rig: Rig, isOne: boolean): Promise<void> {
  const room = new Room(MANY);
  const wire = new Wire();
  if (!isOne) {
    wire.change = (operation) => ({ ...operation, keys: operation.keys.map((key) => `${key} of 20`) });
  }
  const patient = { waitMs: 120_000, retryMaxDelayMs: 100 };
  const few = await rig.connect("few", patient);
  const many = await rig.connect("many", patient, { wire });
  const all = await few.acquire("pool", 60_000, { permits: FEW, weight: FEW });
  room.enter(all);
  const tooMany = await many.tryAcquire("pool", 60_000, { permits: MANY, weight: MANY - FEW + 1 });
  if (tooMany !== null) room.enter(tooMany);
  room.leave(all);
  await all.release();

  const turn = async (redlock: Redlock, permits: number, inside: Room): Promise<void> => {
    const lock = await redlock.acquire("pool", 60_000, { permits });
    inside.enter(lock);
    await rig.pass(rig.random() * 3);
    inside.leave(lock);
    await lock.release();
  };
  const both = Array.from({ length: 15 }).flatMap(() => [turn(few, FEW, room), turn(many, MANY, room)]);
  await Promise.all(both);

  // From here on all say 10; one who said 20 still has the numbers from 10 on.
  const low = await few.acquire("pool", 60_000, { permits: FEW, weight: FEW });
  const high: Lock = await many.acquire("pool", 60_000, { permits: MANY, weight: MANY - FEW });
  assert.ok(high.permits.every((number) => number >= FEW));
  room.enter(high);
  await low.release();
  await Promise.all(Array.from({ length: 12 }, () => turn(few, FEW, room)));
  room.leave(high);
  await high.release();
  await Promise.all(Array.from({ length: 12 }, (_, index) => turn(index % 2 === 0 ? few : many, FEW, new Room(FEW))));
}

export const twoSizes: Scenario = {
  id: "P7",
  title:
    "where half of the callers say 10 and half 20, never more than 20 are held, then 10, and nobody waits for ever",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => resize(rig, true),
  control: {
    without: "one pool: each half has its own",
    fails: /is held twice|of 20 permits are held/,
    play: (rig) => resize(rig, false),
  },
};
