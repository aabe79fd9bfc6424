import assert from "node:assert/strict";

import type { Redlock } from "@quorate/redlock";
import type { Vote } from "@quorate/redlock/node";

import { forgetUnder } from "../forget-under.ts";
import { eventually, type Rig } from "../rig/rig.ts";
import { Wire } from "../rig/wire.ts";
import { Room } from "../room.ts";
import type { Scenario } from "../scenario.ts";

/** A real server may stand still for long. */
const ttlOf = (rig: Rig): number => (rig.isSimulated ? 1_000 : 8_000);

const PEERS = ["one", "two"];

/** `hear` is told of every vote, by which of the readers. */
function connectReaders(
  rig: Rig,
  hear: (reader: number, vote: Vote, node: number) => void = () => undefined,
): Promise<Redlock[]> {
  return Promise.all(
    PEERS.map((peer, reader) => {
      const wire = new Wire();
      wire.hear = (vote, _operation, node) => {
        hear(reader, vote, node);
        return vote;
      };
      return rig.connect(peer, { nodeTimeoutMs: 500 }, { wire });
    }),
  );
}

/** A writer reaches the node that has forgotten them. */
async function forget(rig: Rig, restartGuardMs: number): Promise<void> {
  const shared = { shared: true };
  const { held, got } = await forgetUnder(rig, [shared, shared], {}, restartGuardMs);
  const room = new Room();
  for (const lock of [...held, ...got]) room.enter(lock);
  await Promise.all(held.map((lock) => lock.release().catch(() => undefined)));
}

/** A node that comes back empty under two readers is given their holds again, and counts for them after its time. */
async function heal(rig: Rig): Promise<void> {
  const ages = [0, 0];
  const readers = await connectReaders(rig, (reader, vote, node) => {
    if (node === 1 && vote.evidence !== undefined) ages[reader] = vote.evidence.memoryAgeMs;
  });
  const ttlMs = ttlOf(rig);
  const options = { shared: true, autoExtend: true } as const;
  const locks = await Promise.all(readers.map((redlock) => redlock.acquire("job", ttlMs, options)));
  const isEverywhere = async (): Promise<boolean> => {
    const { nodes } = await readers[0]!.inspect("job");
    return nodes.every(({ holders }) => holders.length === locks.length);
  };
  await eventually(rig, "all nodes have granted", isEverywhere);
  ages.fill(0);
  await rig.nodes[1]!.restart("empty");
  await eventually(rig, "the node is given both holds again", isEverywhere, 2 * ttlMs + 10_000);
  // By what it tells each of them itself, with their extensions.
  const isOld = (): boolean => ages.every((ageMs) => ageMs > ttlMs * 1.05);
  await eventually(rig, "the node has its memory for long enough", isOld, 3 * ttlMs + 20_000);
  for (const lock of locks) await lock.extend();
  using cut = rig.net.partition([2], { peers: PEERS });
  for (const lock of locks) await assert.doesNotReject(lock.extend(), "nodes 0 and 1 are enough");
  void cut;
  await Promise.all(locks.map((lock) => lock.release()));
}

async function play(rig: Rig, restartGuardMs: number): Promise<void> {
  if (restartGuardMs > 0) await heal(rig);
  await forget(rig, restartGuardMs);
}

export const forgetfulReaders: Scenario = {
  id: "S10",
  title:
    "a node that comes back empty under readers helps no writer, is given their holds again, and counts after its time",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => play(rig, 10_000),
  control: {
    without: "the restart guard",
    fails: /exclusive beside shared/,
    play: (rig) => play(rig, 0),
  },
};
