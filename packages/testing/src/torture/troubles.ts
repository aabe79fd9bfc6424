/** What is done to a fleet and its users in a torture: one trouble after the other, each healed by the one who made it. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Network } from "../rule/network.ts";
import type { Prng } from "../sim/prng.ts";
import { type Crew, placeName } from "./crew.ts";
import type { Places } from "./places.ts";

/** Where a torture happens. */
export interface Ground {
  readonly places: Places;
  readonly net: Network;
  readonly crew: Crew;
  readonly prng: Prng;
}

/** Resolves when it is over and healed. */
type Trouble = (ground: Ground) => Promise<void>;

/** Each with how often it is drawn. */
export type Lane = readonly (readonly [name: string, weight: number, trouble: Trouble])[];

export const anyNode = ({ places, prng }: Ground): number => prng.integer(0, places.count - 1);
const anyNodes = ({ places, prng }: Ground): number[] =>
  Array.from({ length: places.count }, (_, node) => node).filter(() => prng.chance(0.4));
const anyPeers = ({ crew, prng }: Ground): string[] =>
  Array.from({ length: crew.size }, (_, place) => placeName(place)).filter(() => prng.chance(0.6));
export const forAWhile = ({ prng }: Ground, meanMs: number): Promise<void> =>
  sleep(20 + Math.min(4 * meanMs, prng.exponential(meanMs)));

async function underRule(ground: Ground, begin: (nodes: number[], peers: string[]) => Disposable): Promise<void> {
  using fault = begin(anyNodes(ground), anyPeers(ground));
  await forAWhile(ground, 400);
  void fault;
}

/** Of servers that forget, and of what stands behind an address. */
export const FORGETTING: Lane = [
  [
    "kill -9, all forgotten",
    4,
    async (ground) => {
      const server = ground.places.at(anyNode(ground));
      await server.kill();
      await forAWhile(ground, 150);
      await server.restart({ keepData: false });
    },
  ],
  [
    "kill -9, nothing forgotten",
    3,
    async (ground) => {
      const server = ground.places.at(anyNode(ground));
      await server.kill();
      await forAWhile(ground, 150);
      await server.restart({ keepData: true });
    },
  ],
  [
    "kill -9 of a majority, all forgotten",
    2,
    async ({ places }) => {
      const majority = Array.from({ length: Math.floor(places.count / 2) + 1 }, (_, node) => places.at(node));
      await Promise.all(majority.map((server) => server.kill()));
      await Promise.all(majority.map((server) => server.restart({ keepData: false })));
    },
  ],
  [
    "an older snapshot",
    2,
    async (ground) => {
      const server = ground.places.at(anyNode(ground));
      const snapshot = await server.snapshot();
      await forAWhile(ground, 400);
      await server.restart({ from: snapshot });
    },
  ],
  ["FLUSHALL", 3, async (ground) => ground.places.at(anyNode(ground)).flushAll()],
  [
    "FLUSHALL of a majority",
    1,
    async ({ places }) => {
      for (let node = 0; node <= places.count / 2; node += 1) await places.at(node).flushAll();
    },
  ],
  ["a moved address", 3, async (ground) => ground.places.move(anyNode(ground))],
];

/** Of the network, of servers that stand still, and of users. */
export const DISTURBING: Lane = [
  ["a cut", 4, (ground) => underRule(ground, (nodes, peers) => ground.net.partition(nodes, { peers }))],
  ["a black hole", 2, (ground) => underRule(ground, (nodes, peers) => ground.net.blackHole(nodes, { peers }))],
  ["lost replies", 2, (ground) => underRule(ground, (nodes, peers) => ground.net.lostReply({ nodes, peers }))],
  [
    "late bytes",
    4,
    (ground) =>
      underRule(ground, (nodes, peers) =>
        ground.net.latency({
          nodes,
          peers,
          delayMs: ground.prng.between(5, 400),
          jitterMs: ground.prng.between(0, 200),
        }),
      ),
  ],
  ["resets", 1, (ground) => underRule(ground, (nodes, peers) => ground.net.reset({ nodes, peers }))],
  [
    "SIGSTOP of a server",
    3,
    async (ground) => {
      const server = ground.places.at(anyNode(ground));
      if (server.state !== "running") return;
      await server.pause();
      await forAWhile(ground, 500);
      server.resume();
    },
  ],
  [
    "SIGSTOP of a user",
    4,
    async (ground) => {
      const place = ground.prng.integer(0, ground.crew.size - 1);
      ground.crew.pause(place);
      await forAWhile(ground, 800);
      ground.crew.resume(place);
    },
  ],
  [
    "kill -9 of a user",
    2,
    async (ground) => {
      const place = ground.prng.integer(0, ground.crew.size - 1);
      await ground.crew.kill(place);
      await ground.crew.start(place);
    },
  ],
  [
    "SCRIPT FLUSH",
    1,
    async (ground) => {
      const server = ground.places.at(anyNode(ground));
      if (server.state === "running") await server.flushScripts();
    },
  ],
];

/** Makes trouble until the signal; resolves when the last one is healed. `pauseMs`: between two, on average. */
export async function makeTrouble(
  ground: Ground,
  lane: Lane,
  pauseMs: number,
  signal: AbortSignal,
  onTrouble: (name: string) => void,
): Promise<void> {
  const drawn = lane.flatMap((entry) => Array.from({ length: entry[1] }, () => entry));
  while (!signal.aborted) {
    await sleep(ground.prng.exponential(pauseMs), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const [name, , trouble] = ground.prng.pick(drawn);
    onTrouble(name);
    await trouble(ground).catch(unlessKilledMeanwhile);
  }
}

/** Another lane may kill a server while this one asks it something: two troubles met, and nothing is wrong. */
function unlessKilledMeanwhile(error: unknown): void {
  if (!(error instanceof Error && /was closed|ECONNREFUSED|ECONNRESET/.test(error.message))) throw error;
}
