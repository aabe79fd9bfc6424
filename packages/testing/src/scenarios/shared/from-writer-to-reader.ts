import assert from "node:assert/strict";

import { eventually, pending, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import { type Inside, Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";

/** `isAtOnce`: whether who shares counts as a reader from the call on; else when a quorum has confirmed. */
async function share(rig: Rig, isAtOnce: boolean): Promise<void> {
  const room = new Room();
  const wire = new Wire();
  const one = await rig.connect("one", {}, { wire });
  const [two, writer] = await Promise.all(["two", "writer"].map((peer) => rig.connect(peer)));
  const lock = await one.acquire("job", 60_000);
  let isConfirmed = isAtOnce;
  const holder: Inside = {
    get mode() {
      return isConfirmed ? lock.mode : "exclusive";
    },
    permits: [],
    isHeld: () => lock.isHeld(),
  };
  room.enter(holder);
  // Node 2 does not hear of it; nobody's answer is heard before the reader is in.
  wire.change = (operation, node) => (operation.kind === "share" && node === 2 ? undefined : operation);
  wire.hear = (vote, operation) =>
    operation.kind === "share" ? { outcome: "unknown", reason: "timeout", detail: "lost", mayHold: true } : vote;
  const reading = pending(two!.acquire("job", 60_000, { shared: true, waitMs: 60_000, retryMaxDelayMs: 50 }));
  await assert.rejects(lock.share(), { code: "QUORUM_UNAVAILABLE" });
  const reader = await reading;
  room.enter(reader);
  isConfirmed = true;
  assert.equal(await writer!.tryAcquire("job", 60_000), null, "a writer got in between");
  const [before] = (await two!.inspect("job")).nodes.toReversed();
  assert.equal(before!.mode, "exclusive");

  const untouched = new Wire();
  [wire.change, wire.hear] = [untouched.change, untouched.hear];
  await lock.extend();
  await eventually(rig, "the node that missed it is told with the extension", async () => {
    const { nodes } = await two!.inspect("job");
    return nodes.every(({ mode }) => mode === "shared");
  });
  assert.equal(await writer!.tryAcquire("job", 60_000), null);
  await reader.release();
  assert.equal(await writer!.tryAcquire("job", 60_000), null);
  await lock.release();
  await (await writer!.acquire("job", 5_000, { waitMs: 20_000 })).release();
}

export const fromWriterToReader: Scenario = {
  id: "S6",
  title: "share() lets readers in and no writer in between, also where one node and all answers are lost",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => share(rig, true),
  control: {
    without: "shared from the call on: exclusive in its own eyes until a quorum has confirmed",
    fails: /shared beside exclusive/,
    play: (rig) => share(rig, false),
  },
};
