/** What is done to a soak's fleet: to one node at a time, so that a quorum stays. */
import { anyNode, forAWhile, type Lane } from "../torture/troubles.ts";

const AWAY_MS = 600;

export const GENTLE: Lane = [
  [
    "kill -9, all forgotten",
    1,
    async (ground) => {
      const server = ground.places.at(anyNode(ground));
      await server.kill();
      await forAWhile(ground, AWAY_MS);
      await server.restart({ keepData: false });
    },
  ],
  [
    "a cut",
    1,
    async (ground) => {
      using cut = ground.net.partition([anyNode(ground)]);
      await forAWhile(ground, AWAY_MS);
      void cut;
    },
  ],
  [
    "SIGSTOP",
    1,
    async (ground) => {
      const server = ground.places.at(anyNode(ground));
      await server.pause();
      await forAWhile(ground, AWAY_MS);
      server.resume();
    },
  ],
  ["FLUSHALL", 1, async (ground) => ground.places.at(anyNode(ground)).flushAll()],
];
