import assert from "node:assert/strict";

import type { Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

const MOST = 1_024;

/** `isKnown`: whether the nodes know who has all but one. */
async function fill(rig: Rig, isKnown: boolean): Promise<void> {
  const wire = new Wire();
  if (!isKnown) wire.change = (operation) => ({ ...operation, keys: ["elsewhere"] });
  const holder = await rig.connect("holder", {}, { wire });
  const other = await rig.connect("other");
  const many = await holder.acquire("pool", 60_000, { permits: MOST, weight: MOST - 1 });
  assert.equal(many.permits.length, MOST - 1);
  const last = await other.acquire("pool", 60_000, { permits: MOST, waitMs: 20_000 });
  assert.ok(!many.permits.includes(last.permits[0]!), "the number that was free");
  assert.equal(await other.tryAcquire("pool", 60_000, { permits: MOST }), null, "and no other one");
  await many.extend();
  await last.release();
  await (await other.acquire("pool", 60_000, { permits: MOST, waitMs: 20_000 })).release();
  await many.release();
}

export const mostPermits: Scenario = {
  id: "P12",
  title: "of 1 024 permits the last free one is found, and then all are refused",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => fill(rig, true),
  control: {
    without: "a holder that the nodes know of",
    fails: /the number that was free|and no other one/,
    play: (rig) => fill(rig, false),
  },
};
