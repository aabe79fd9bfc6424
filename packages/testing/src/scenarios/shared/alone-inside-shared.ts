import assert from "node:assert/strict";

import type { Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

async function nest(rig: Rig, reentrant: boolean): Promise<void> {
  const wire = new Wire();
  const one = await rig.connect("one", {}, { wire });
  const two = await rig.connect("two");
  const beside = await two.acquire("job", 60_000, { shared: true });
  await one.using("job", 60_000, { shared: true, reentrant: true }, async (_signal, outer) => {
    let sentCount = 0;
    wire.onSend = () => sentCount++;
    const inside = one.acquire("job", 60_000, { reentrant, waitMs: 100 });
    await assert.rejects(inside, (error: Error & { code?: string }) => {
      assert.equal(error.code, "WOULD_WAIT_FOR_ITSELF");
      return true;
    });
    assert.equal(sentCount, 0, "no node is asked");
    assert.ok(outer.isHeld());
  });
  await beside.extend();
  await beside.release();
}

export const aloneInsideShared: Scenario = {
  id: "S7",
  title: "who shares it and wants it alone inside is told at once, and the other readers see nothing of it",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => nest(rig, true),
  control: {
    without: "reentrant: nobody can know that it waits for itself",
    fails: /WOULD_WAIT_FOR_ITSELF/,
    play: (rig) => nest(rig, false),
  },
};
