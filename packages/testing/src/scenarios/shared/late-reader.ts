import assert from "node:assert/strict";

import { arriveLate } from "../late-acquire.ts";
import type { Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

async function come(rig: Rig, isBuried: boolean): Promise<void> {
  await arriveLate(rig, { shared: true }, 1, isBuried);
  const wire = new Wire();
  const staleNodes: number[] = [];
  wire.hear = (vote, _operation, node) => {
    if (vote.outcome === "refused" && vote.reason === "stale") staleNodes.push(node);
    return vote;
  };
  const other = await rig.connect("other", {}, { wire });
  await (await other.acquire("job", 60_000, { shared: true, waitMs: 20_000 })).release();
  assert.ok(!staleNodes.includes(0), "a buried reader refuses no other with a lower token");
}

export const lateReader: Scenario = {
  id: "S9",
  title: "a reader's acquire that arrives behind its rollback comes to nothing, and refuses no other reader",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => come(rig, true),
  control: {
    without: "burial: a rollback of what the node has not seen does nothing there",
    fails: /an acquire behind its rollback came to life/,
    play: (rig) => come(rig, false),
  },
};
