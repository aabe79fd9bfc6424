import assert from "node:assert/strict";

import type { Redlock } from "@quorate/redlock";

import { inLine, pending, type Rig } from "../rig/rig.ts";
import { Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";

const SMALL = { permits: 5 };
const BIG = { permits: 5, weight: 3 };

async function weigh(rig: Rig, fair: boolean): Promise<void> {
  const [one, two, three] = await Promise.all(["one", "two", "three"].map((peer) => rig.connect(peer)));
  const waiting = { waitMs: 60_000, retryMaxDelayMs: 1_000 };
  const small = [await one!.acquire("pool", 60_000, SMALL), await one!.acquire("pool", 60_000, SMALL)];
  small.push(await one!.acquire("pool", 60_000, SMALL));
  const order: string[] = [];
  const big = pending(
    two!.acquire("pool", 60_000, { ...BIG, ...waiting, fair }).then((lock) => (order.push("big"), lock)),
  );
  if (fair) await inLine(rig, one!, "pool", 1);
  assert.equal(await three!.tryAcquire("pool", 60_000, SMALL), null, "a small one that came later got in");
  const later = Array.from({ length: 3 }, () =>
    pending(three!.acquire("pool", 60_000, { ...SMALL, ...waiting }).then((lock) => (order.push("small"), lock))),
  );
  await inLine(rig, one!, "pool", 4);
  await small[0]!.release();
  const whole = await big;
  assert.equal(whole.permits.length, 3);
  for (const lock of [small[1]!, small[2]!, whole]) await lock.release();
  for (const lock of await Promise.all(later)) await lock.release();
  assert.deepEqual(order, ["big", "small", "small", "small"]);

  const room = new Room(5);
  const turn = async (redlock: Redlock): Promise<void> => {
    const lock = await redlock.acquire("pool", 60_000, { ...BIG, ...waiting });
    room.enter(lock);
    await rig.pass(rig.random() * 2);
    room.leave(lock);
    await lock.release();
  };
  await Promise.all([one!, two!, three!, one!, two!, three!].map(turn));
}

export const weights: Scenario = {
  id: "P8",
  title:
    "a weight of 3 of 5 is served in its turn, all or none, though small ones keep coming, and two of them never block each other",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => weigh(rig, true),
  control: {
    without: "the line: the big one with fair: false",
    fails: /a small one that came later got in/,
    play: (rig) => weigh(rig, false),
  },
};
