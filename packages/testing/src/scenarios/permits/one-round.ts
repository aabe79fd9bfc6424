import assert from "node:assert/strict";

import type { Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

/** `isSame`: whether one try begins with the same number on all nodes. */
async function ask(rig: Rig, isSame: boolean): Promise<void> {
  const wire = new Wire();
  const sent: string[] = [];
  wire.onSend = ({ kind }) => sent.push(kind);
  const redlock = await rig.connect("app", { nodeTimeoutMs: 5_000 }, { wire });
  await (await redlock.acquire("warm-up", 60_000)).release();
  if (!isSame) {
    wire.change = (operation, node) => {
      if (operation.kind !== "acquire" || operation.permits === undefined) return operation;
      return { ...operation, permits: { ...operation.permits, start: node } };
    };
  }
  for (let turn = 0; turn < 5; turn++) {
    sent.length = 0;
    const lock = await redlock.tryAcquire(`pool ${turn}`, 60_000, { permits: 10 });
    assert.deepEqual(
      sent,
      Array.from({ length: 5 }, () => "acquire"),
      "one command for each node",
    );
    assert.equal(lock?.isHeld(), true);
    await lock?.release();
  }
}

export const oneRound: Scenario = {
  id: "P2",
  title: "where all permits are free, one of them costs one round: one command for each node",
  nodeCount: 5,
  isPatient: true,
  play: (rig) => ask(rig, true),
  control: {
    without: "a number to begin with that is the same on all nodes",
    fails: /one command for each node/,
    play: (rig) => ask(rig, false),
  },
};
