/** Under 90 seconds: what the targets are about, and nothing else. */
import { cyclePeers } from "../peers/peers.ts";
import type { Plan } from "./plan.ts";

export const quickPlan: Plan = {
  mode: "quick",
  speed: [
    {
      nodeCount: 5,
      peers: cyclePeers,
      loads: [1, 8, 64, 512].map((callerCount) => ({ callerCount, resourcesPerLock: 1 })),
      roundCount: 3,
      durationMs: 200,
    },
  ],
  faults: (["stopped", "blackHoled"] as const).map((fault) => ({
    nodeCount: 5,
    fault,
    peers: ["ours"],
    load: { callerCount: 64, resourcesPerLock: 1 },
    roundCount: 3,
    durationMs: 250,
  })),
  holding: [{ nodeCount: 5, lockCount: 10_000, durationMs: 3_000 }],
  waiting: [],
  contention: [
    {
      nodeCount: 3,
      peers: ["ours", "ours-unfair", "redlock-5", "redis-semaphore", "redlock-universal"],
      contests: [
        { processCount: 8, holdMs: 1, roundCount: 2, durationMs: 900 },
        { processCount: 32, holdMs: 1, roundCount: 1, durationMs: 1_000, peers: ["ours"] },
      ],
    },
  ],
  settling: [{ nodeCount: 5, peers: ["ours", "ours-unfair"], contenderCounts: [2, 16], raceCount: 8 }],
  coordination: [],
};
