import { forgetUnder } from "../forget-under.ts";
import type { Rig } from "../rig/rig.ts";
import { Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";

const POOL = { permits: 2 };

async function forget(rig: Rig, restartGuardMs: number): Promise<void> {
  const room = new Room(POOL.permits);
  const { held, got } = await forgetUnder(rig, [POOL, POOL], POOL, restartGuardMs);
  for (const lock of [...held, ...got]) room.enter(lock);
  await Promise.all(held.map((lock) => lock.release().catch(() => undefined)));
}

export const forgetfulPool: Scenario = {
  id: "P10",
  title: "a node that comes back empty does not help to give more permits than there are",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => forget(rig, 10_000),
  control: {
    without: "the restart guard",
    fails: /is held twice|3 of 2 permits are held/,
    play: (rig) => forget(rig, 0),
  },
};
