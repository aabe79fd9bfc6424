import assert from "node:assert/strict";

import { eventually, pending, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

/** `isEach`: whether each reader has an end of its own; else who lives renews all of them. */
async function outlive(rig: Rig, isEach: boolean): Promise<void> {
  const ttlMs = rig.isSimulated ? 1_000 : 4_000;
  const dead = await rig.startHolder("dead", "job", ttlMs, { shared: true });
  const { token } = await dead.look();
  const wire = new Wire();
  const living = await rig.connect("living", {}, { wire });
  const writer = await rig.connect("writer");
  await using lock = await living.acquire("job", 60_000, { shared: true });
  if (!isEach) {
    wire.onSend = (operation, node) => {
      if (operation.kind === "extend") void wire.ask(node, { ...operation, token });
    };
  }
  await dead.kill();
  const killedAtMs = rig.nowMs();
  const goOn = async (): Promise<boolean> => {
    await lock.extend();
    await (await living.acquire("job", 60_000, { shared: true })).release();
    await rig.pass(ttlMs / 8);
    const { nodes } = await writer.inspect("job");
    return nodes.every(({ holders }) => holders.length === 1 && holders[0]!.token === lock.token);
  };
  const slackMs = rig.isSimulated || !isEach ? ttlMs : 10_000;
  await eventually(rig, "the dead reader's hold ends", goOn, ttlMs + slackMs);
  if (rig.isSimulated) assert.ok(rig.nowMs() - killedAtMs <= ttlMs * 1.25 + 50, "within its TTL and a look");
  const acquiring = pending(writer.acquire("job", 5_000, { waitMs: 20_000 }));
  await lock.release();
  await (await acquiring).release();
}

export const deadReader: Scenario = {
  id: "S2",
  title: "a reader that dies is gone within its TTL, whoever else goes on, and then a writer gets in",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => outlive(rig, true),
  control: {
    without: "an end for each reader: whoever lives renews the dead one's",
    fails: /the dead reader's hold ends/,
    play: (rig) => outlive(rig, false),
  },
};
