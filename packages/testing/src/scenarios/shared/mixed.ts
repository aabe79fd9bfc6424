import assert from "node:assert/strict";

import type { Lock, Redlock } from "@quorate/redlock";

import { eventually, keyCount, type Rig } from "../rig/rig.ts";
import { type Inside, Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";

type Take = (redlock: Redlock) => Promise<Lock | null>;

/** a alone and b with others, or neither. */
const both: Take = (redlock) => redlock.tryAcquire(["a", "b"], 60_000, { shared: ["b"] });

/** The same in two calls. */
const oneByOne: Take = async (redlock) => {
  const a = await redlock.tryAcquire("a", 60_000);
  return a === null ? null : redlock.tryAcquire("b", 60_000, { shared: true });
};

async function mix(rig: Rig, take: Take): Promise<void> {
  const patient = { waitMs: 60_000, retryMaxDelayMs: 100 };
  const callers = await Promise.all(["p0", "p1", "p2", "p3"].map((peer) => rig.connect(peer, patient)));
  const [one, two] = callers;
  const writer = await one!.acquire("b", 60_000);
  assert.equal(await take(two!), null);
  assert.equal(await keyCount(rig, "a"), 0, "all or none");
  await writer.release();

  const rooms = { a: new Room(), b: new Room() };
  const run = async (
    redlock: Redlock,
    resources: readonly ("a" | "b")[],
    shared: readonly ("a" | "b")[],
  ): Promise<void> => {
    const lock = await redlock.acquire(resources, 60_000, { shared });
    const inside = resources.map((name): readonly ["a" | "b", Inside] => {
      const mode = shared.includes(name) ? "shared" : "exclusive";
      return [name, { mode, permits: [], isHeld: () => lock.isHeld() }];
    });
    for (const [name, each] of inside) rooms[name].enter(each);
    await rig.pass(rig.random());
    for (const [name, each] of inside) rooms[name].leave(each);
    await lock.release();
  };
  const turns = Array.from({ length: 6 }).flatMap(() => [
    run(callers[0]!, ["a", "b"], ["b"]),
    run(callers[1]!, ["b", "a"], ["b"]),
    run(callers[2]!, ["b"], ["b"]),
    run(callers[3]!, ["a"], []),
    run(callers[3]!, ["b"], []),
  ]);
  await Promise.all(turns);
  for (const name of ["a", "b"])
    await eventually(rig, "nothing is left", async () => (await keyCount(rig, name)) === 0);
}

export const mixed: Scenario = {
  id: "S13",
  title: "some resources shared and some not: all or none, in both orders without a deadlock",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => mix(rig, both),
  control: {
    without: "one call for all: one after the other",
    fails: /all or none/,
    play: (rig) => mix(rig, oneByOne),
  },
};
