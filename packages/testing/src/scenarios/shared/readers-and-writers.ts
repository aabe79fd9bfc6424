import { type Redlock } from "@quorate/redlock";

import type { Rig } from "../rig/rig.ts";
import { Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";

const READERS_OF_EACH = 10;
const WRITERS = 4;

/** Each process of readers over all nodes, or over one of its own. */
async function mingle(rig: Rig, hasQuorum: boolean): Promise<void> {
  const room = new Room();
  const patient = { waitMs: 60_000, retryDelayMs: 5, retryMaxDelayMs: 60 };
  const peers = ["p0", "p1", "p2", "p3", "p4"];
  const readers = await Promise.all(
    peers.map((peer, node) => rig.connect(peer, patient, hasQuorum ? undefined : { nodes: [node] })),
  );
  const writer = await rig.connect("writer", patient);
  const first = await readers[0]!.acquire("job", 60_000, { shared: true });
  room.enter(first);
  const beside = await writer.tryAcquire("job", 60_000);
  if (beside !== null) room.enter(beside);
  room.leave(first);
  await first.release();

  const turn = async (redlock: Redlock, shared: boolean): Promise<void> => {
    const lock = await redlock.acquire("job", 60_000, { shared });
    room.enter(lock);
    await rig.pass(rig.random() * 2);
    room.leave(lock);
    await lock.release();
  };
  const reading = readers.flatMap((redlock) => Array.from({ length: READERS_OF_EACH }, () => turn(redlock, true)));
  const writing = Array.from({ length: WRITERS }, () => turn(writer, false));
  await Promise.all([...reading, ...writing]);
}

export const readersAndWriters: Scenario = {
  id: "S1",
  title: "of 50 readers in five processes and a writer, never a writer is beside a reader by their own clocks",
  nodeCount: 5,
  isPatient: true,
  play: (rig) => mingle(rig, true),
  control: {
    without: "readers that one node is enough for: two quorums without a common node",
    fails: /exclusive beside shared/,
    play: (rig) => mingle(rig, false),
  },
};
