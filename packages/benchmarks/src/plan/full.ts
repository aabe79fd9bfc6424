/** Every axis; about half an hour. */
import { cyclePeers, type PeerName } from "../peers/peers.ts";
import type { Contest } from "../suites/contention.ts";
import type { Plan, SpeedPlan } from "./plan.ts";

const contenders: readonly PeerName[] = ["ours", "ours-unfair", "redlock-5", "redis-semaphore", "redlock-universal"];
const rivals: readonly PeerName[] = ["ours", "redis-semaphore"];
const nodePeers: readonly PeerName[] = ["ours", "ours-unfenced", "redlock-5", "redis-semaphore", "raw-fan-out"];

const callers: SpeedPlan = {
  nodeCount: 5,
  peers: cyclePeers,
  loads: [1, 8, 64, 512].map((callerCount) => ({ callerCount, resourcesPerLock: 1 })),
  roundCount: 5,
  durationMs: 400,
};

const nodes: readonly SpeedPlan[] = [1, 3, 7, 9].map((nodeCount) => ({
  nodeCount,
  peers: nodePeers,
  loads: [1, 64].map((callerCount) => ({ callerCount, resourcesPerLock: 1 })),
  roundCount: 3,
  durationMs: 300,
}));

const resources: SpeedPlan = {
  nodeCount: 5,
  peers: ["ours", "ours-unfenced", "redlock-5", "redlock-4"],
  loads: [4, 16].map((resourcesPerLock) => ({ callerCount: 64, resourcesPerLock })),
  roundCount: 3,
  durationMs: 300,
};

const latencies: readonly SpeedPlan[] = [
  { replyDelayMs: 1, durationMs: 500 },
  { replyDelayMs: 20, durationMs: 1_000 },
].map((network) => ({
  ...network,
  nodeCount: 5,
  peers: ["ours", "redlock-5", "redis-semaphore", "raw-fan-out"],
  loads: [1, 64].map((callerCount) => ({ callerCount, resourcesPerLock: 1 })),
  roundCount: 2,
}));

/** With holds of 1 ms; what the targets are about is run more often and longer. Never all peers where one takes long to start. */
function contests(nodeCount: number): Contest[] {
  const isTarget = nodeCount === 3;
  const pace = isTarget ? { roundCount: 3, durationMs: 1_500 } : { roundCount: 1, durationMs: 1_000 };
  const once = { roundCount: 1, durationMs: 1_000 };
  return [
    { processCount: 2, holdMs: 1, ...pace },
    ...(isTarget ? [0, 10].map((holdMs) => ({ processCount: 8, holdMs, ...once })) : []),
    { processCount: 8, holdMs: 1, ...pace },
    { processCount: 32, holdMs: 1, ...pace },
    { processCount: 128, holdMs: 1, ...once, durationMs: 2_000, peers: rivals },
  ];
}

/** On a slower network a hand-off takes longer, not more. */
const farContests: readonly Contest[] = [2, 8, 32].map((processCount) => ({
  processCount,
  holdMs: 1,
  roundCount: 3,
  durationMs: 1_500,
}));

/** Everything, at its full length. */
export const fullPlan: Plan = {
  mode: "full",
  speed: [callers, ...nodes, resources, ...latencies],
  faults: (["killed", "stopped", "blackHoled", "slow"] as const).map((fault) => ({
    nodeCount: 5,
    fault,
    peers: ["ours", "redlock-5", "redis-semaphore"],
    load: { callerCount: 64, resourcesPerLock: 1 },
    roundCount: 3,
    durationMs: 400,
  })),
  holding: [
    ...[100, 1_000, 10_000].map((lockCount) => ({ nodeCount: 5, lockCount, ttlMs: 5_000, durationMs: 10_000 })),
    // Six times as many renewals are more than two processors can do.
    { nodeCount: 5, lockCount: 100_000, ttlMs: 30_000, durationMs: 60_000 },
    ...[1, 3, 9].map((nodeCount) => ({ nodeCount, lockCount: 1_000, ttlMs: 5_000, durationMs: 7_000 })),
  ],
  waiting: [
    {
      nodeCount: 5,
      peers: ["ours", "redlock-5", "redis-semaphore"],
      waiterCounts: [1, 10, 100, 1_000],
      durationMs: 1_500,
    },
  ],
  contention: [3, 5].flatMap((nodeCount) => [
    { nodeCount, networkMs: 0, peers: contenders, contests: contests(nodeCount) },
    { nodeCount, networkMs: 1, peers: rivals, contests: nodeCount === 3 ? farContests : farContests.slice(0, 2) },
  ]),
  permits: [
    {
      nodeCount: 3,
      contests: [8, 32].flatMap((processCount) =>
        [1, 3, 50].map((permits) => ({ permits, processCount, holdMs: 1, roundCount: 3, durationMs: 600 })),
      ),
    },
  ],
  line: [{ placeCounts: [8, 120, 1_000], roundCount: 15 }],
  settling: [3, 5].map((nodeCount) => ({
    nodeCount,
    peers: ["ours", "ours-unfair"],
    contenderCounts: [2, 4, 8, 16, 32, 64],
    raceCount: 60,
  })),
  coordination: [{ roundCount: 3, durationMs: 2_000, processCount: 8 }],
};
