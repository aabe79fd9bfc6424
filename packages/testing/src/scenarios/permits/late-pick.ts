import assert from "node:assert/strict";

import { arriveLate } from "../late-acquire.ts";
import type { Rig } from "../rig/rig.ts";
import type { Scenario } from "../scenario.ts";

const POOL = { permits: 2 };

async function come(rig: Rig, isBuried: boolean): Promise<void> {
  const next = await arriveLate(rig, POOL, 2, isBuried);
  const all = await next.acquire("job", 60_000, { ...POOL, weight: 2, waitMs: 20_000 });
  assert.deepEqual(all.permits, [0, 1]);
  await all.release();
}

export const latePick: Scenario = {
  id: "P6",
  title: "an acquire of a permit that arrives behind its rollback, twice, takes no number",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => come(rig, true),
  control: {
    without: "burial: a rollback of what the node has not seen does nothing there",
    fails: /an acquire behind its rollback came to life/,
    play: (rig) => come(rig, false),
  },
};
