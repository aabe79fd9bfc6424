import assert from "node:assert/strict";

import { pending, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

/** `isEach`: whether each holder has an end of its own; else who lives renews all of them. */
async function outlive(rig: Rig, isEach: boolean): Promise<void> {
  const ttlMs = rig.isSimulated ? 1_000 : 4_000;
  const pool = { permits: 2 };
  const dead = await rig.startHolder("dead", "pool", ttlMs, pool);
  const before = await dead.look();
  const wire = new Wire();
  const living = await rig.connect("living", {}, { wire });
  const lock = await living.acquire("pool", 600_000, pool);
  if (!isEach) {
    wire.onSend = (operation, node) => {
      if (operation.kind !== "extend") return;
      void wire.ask(node, { ...operation, token: before.token, slots: before.permits });
    };
  }
  const other = await rig.connect("other");
  assert.equal(await other.tryAcquire("pool", 60_000, pool), null);
  await dead.kill();
  const killedAtMs = rig.nowMs();
  await lock.extend();
  const waitMs = rig.isSimulated || !isEach ? ttlMs + 2_000 : 30_000;
  const waiting = pending(other.acquire("pool", 60_000, { ...pool, waitMs }));
  const next = await waiting.catch(() => assert.fail("the dead one's number is not given again"));
  if (rig.isSimulated) assert.ok(rig.nowMs() - killedAtMs <= ttlMs + 50, "within its TTL and 50 ms");
  assert.deepEqual(next.permits, before.permits);
  assert.ok(next.fencingToken! > before.fencingToken!, "a number's tokens rise");
  await Promise.all([next.release(), lock.release()]);
}

export const deadHolder: Scenario = {
  id: "P3",
  title: "the number of a holder that dies is given again within its TTL, under a higher token",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => outlive(rig, true),
  control: {
    without: "an end for each holder: whoever lives renews the dead one's",
    fails: /the dead one's number is not given again/,
    play: (rig) => outlive(rig, false),
  },
};
