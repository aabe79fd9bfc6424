import assert from "node:assert/strict";

import type { Operation } from "@quorate/redlock/node";

import { eventually, keyCount, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

/** Of a reader in a key of its own, beside the one that others look at. */
function elsewhere(operation: Operation): Operation {
  return { ...operation, keys: operation.keys.map((key) => `${key}:readers`) };
}

/** Every Redlock library, and the versions of this one without shared locks, set the key if it is not there. */
async function meet(rig: Rig, hasMarker: boolean): Promise<void> {
  const wire = new Wire();
  if (!hasMarker) wire.change = elsewhere;
  const granted = new Set<number>();
  wire.hear = (vote, _operation, node) => {
    if (vote.outcome === "granted") granted.add(node);
    return vote;
  };
  const redlock = await rig.connect("reader", {}, { wire });
  const reader = await redlock.acquire("job", 60_000, { shared: true });
  const isEverywhere = async (): Promise<boolean> => {
    // What the first round missed is made by an extension.
    if (granted.size < 3) await reader.extend();
    return granted.size === 3;
  };
  await eventually(rig, "all nodes have granted", isEverywhere, 30_000);
  for (const node of rig.nodes) {
    assert.equal(await node.tryOccupy("job", 60_000), false, "SET NX got in beside a reader");
  }
  await reader.release();
  await eventually(rig, "it is free", async () => (await keyCount(rig, "job")) === 0);
  for (const node of rig.nodes) assert.equal(await node.tryOccupy("job", 60_000), true);
  assert.equal(await redlock.tryAcquire("job", 60_000, { shared: true }), null);
  assert.equal(await redlock.tryAcquire("job", 60_000, { permits: 3 }), null);
}

export const otherLibraries: Scenario = {
  id: "S4",
  title: "a plain SET NX, as of any other library, and readers keep each other out",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => meet(rig, true),
  control: {
    without: "a marker in the lock key: readers in a key of their own",
    fails: /SET NX got in beside a reader/,
    play: (rig) => meet(rig, false),
  },
};
