/** At most two minutes: what the targets are about, and nothing else. */
import type { PeerName } from "../peers/peers.ts";
import type { Plan } from "./plan.ts";

const rivals: readonly PeerName[] = ["ours", "redis-semaphore"];
const contest = { holdMs: 1, roundCount: 3, durationMs: 700 };

export const quickPlan: Plan = {
  mode: "quick",
  speed: [
    {
      nodeCount: 5,
      peers: ["ours", "redlock-5"],
      loads: [
        { callerCount: 1, resourcesPerLock: 1 },
        { callerCount: 64, resourcesPerLock: 1 },
        { callerCount: 64, resourcesPerLock: 16 },
      ],
      roundCount: 9,
      durationMs: 200,
    },
  ],
  faults: [],
  holding: [],
  waiting: [],
  contention: [
    {
      nodeCount: 3,
      networkMs: 0,
      peers: rivals,
      contests: [2, 8, 32].map((processCount) => ({
        ...contest,
        processCount,
        ...(processCount > 8 && { roundCount: 2 }),
      })),
    },
    {
      nodeCount: 3,
      networkMs: 1,
      peers: rivals,
      contests: [2, 8].map((processCount) => ({ ...contest, processCount })),
    },
    { nodeCount: 5, networkMs: 0, peers: rivals, contests: [{ ...contest, roundCount: 1, processCount: 8 }] },
  ],
  permits: [
    {
      nodeCount: 3,
      contests: [1, 3, 50].map((permits) => ({ ...contest, permits, processCount: 8, roundCount: 1 })),
    },
  ],
  line: [{ placeCounts: [8, 120, 1_000], roundCount: 5 }],
  settling: [],
  coordination: [],
};
