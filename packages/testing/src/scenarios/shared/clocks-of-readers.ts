import assert from "node:assert/strict";

import type { Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import type { Scenario } from "../scenario.ts";

const OFFSETS_MS = [-5_000, 0, 5_000, 10_000];
const TURNS = 20;
/** By so much a reader's fencing token is above what it shows the nodes, in µs, where readers raise no fence. */
const HIDDEN_US = 4_900_000;

async function read(rig: Rig, isRaised: boolean): Promise<void> {
  let staleCount = 0;
  const readers = await Promise.all(
    OFFSETS_MS.map(async (wallOffsetMs, index) => {
      const wire = new Wire();
      wire.hear = (vote) => {
        if (vote.outcome === "refused" && vote.reason === "stale") staleCount++;
        return vote;
      };
      if (!isRaised && wallOffsetMs > 0) {
        wire.change = (operation) =>
          "fence" in operation ? { ...operation, fence: operation.fence - HIDDEN_US } : operation;
      }
      return rig.connect(`reader ${index}`, {}, { wire, wallOffsetMs });
    }),
  );
  const before = await (await rig.connect("before")).acquire("job", 60_000);
  await before.release();
  // Those whose clocks are behind learn of the writer.
  const all = await Promise.all(readers.map((redlock) => redlock.acquire("job", 600_000, { shared: true })));
  staleCount = 0;
  let highest = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    const locks = await Promise.all(readers.map((redlock) => redlock.acquire("job", 60_000, { shared: true })));
    for (const { fencingToken } of locks) {
      assert.ok(fencingToken! > before.fencingToken!, "a reader's token is above an earlier writer's");
      highest = Math.max(highest, fencingToken!);
    }
    await Promise.all(locks.map((lock) => lock.release()));
  }
  assert.equal(staleCount, 0, "readers refuse each other");
  await Promise.all(all.map((lock) => lock.release()));
  const after = await (await rig.connect("after")).acquire("job", 60_000, { waitMs: 20_000 });
  assert.ok(after.fencingToken! > highest, "a writer's token is above those of earlier readers");
}

export const clocksOfReaders: Scenario = {
  id: "S8",
  title: "of readers whose clocks are 5 s apart none refuses another, and their tokens lie between the writers'",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => read(rig, true),
  control: {
    without: "readers that raise the fence",
    fails: /a writer's token is above those of earlier readers/,
    play: (rig) => read(rig, false),
  },
};
