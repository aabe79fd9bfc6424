import assert from "node:assert/strict";

import type { Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

/** `isFrugal`: whether an extension begins with what needs no memory; else as a heal does. */
async function fill(rig: Rig, isFrugal: boolean): Promise<void> {
  const wire = new Wire();
  if (!isFrugal)
    wire.change = (operation) => (operation.kind === "extend" ? { ...operation, kind: "heal" } : operation);
  const one = await rig.connect("one", {}, { wire });
  const two = await rig.connect("two");
  const long = await two.acquire("job", 600_000, { shared: true });
  const lock = await one.acquire("job", 60_000, { shared: true });
  await rig.nodes[0]!.fillMemory();
  await assert.doesNotReject(lock.extend(120_000), "it is extended");
  assert.ok(lock.remainingMs() > 100_000);
  await assert.rejects(two.acquire("job", 60_000, { shared: true, waitMs: 0 }), { message: /OOM/ });
  await lock.release();
  await rig.nodes[0]!.freeMemory();
  await (await two.acquire("job", 60_000, { shared: true, waitMs: 20_000 })).release();
  await long.release();
}

export const fullNode: Scenario = {
  id: "S12",
  title: "on a node that is out of memory a reader is extended and released, and a new one is told so",
  nodeCount: 1,
  isPatient: true,
  play: (rig) => fill(rig, true),
  control: {
    without: "an extension that needs no memory",
    fails: /it is extended/,
    play: (rig) => fill(rig, false),
  },
};
