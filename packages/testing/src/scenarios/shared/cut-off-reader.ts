import assert from "node:assert/strict";

import type { Vote } from "@quorate/redlock/node";

import { pending, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import { Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";

/** `isTrue`: whether a reader takes only a node's own word for an extension. */
async function cutOff(rig: Rig, isTrue: boolean): Promise<void> {
  const ttlMs = rig.isSimulated ? 800 : 5_000;
  const room = new Room();
  const wire = new Wire();
  const [reader, writer] = [await rig.connect("reader", {}, { wire }), await rig.connect("writer")];
  const lock = await reader.acquire("job", ttlMs, { shared: true, autoExtend: true });
  room.enter(lock);
  let abortedAtMs = Infinity;
  lock.signal.addEventListener("abort", () => (abortedAtMs = rig.nowMs()));
  const acquiring = pending(writer.acquire("job", 60_000, { waitMs: 60_000 }));
  let isCut = false;
  const yes: (Vote | undefined)[] = [];
  wire.hear = (vote, operation, node) => {
    if (vote.outcome === "granted" && operation.kind !== "release") yes[node] = vote;
    return isCut && !isTrue && operation.kind === "extend" ? (yes[node] ?? vote) : vote;
  };
  await lock.extend();
  isCut = true;
  wire.change = (operation, node) => (node > 0 ? undefined : operation);
  const next = await acquiring;
  room.enter(next);
  assert.ok(lock.signal.aborted && abortedAtMs <= rig.nowMs(), "its signal aborts first");
  assert.equal(lock.isHeld(), false);
  await next.release();
}

export const cutOffReader: Scenario = {
  id: "S11",
  title: "cut off from a majority, a reader's signal aborts before a writer is in",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => cutOff(rig, true),
  control: {
    without: "counting answers only: silence is taken for a yes",
    fails: /exclusive beside shared/,
    play: (rig) => cutOff(rig, false),
  },
};
