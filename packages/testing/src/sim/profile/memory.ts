/** Nodes that forget: restarts, flushes, other databases, other servers behind the same address. */
import type { Habits } from "../plan.ts";
import { ALL, CALM_NET, NETWORK, type Profile, RESTARTS, type Sides } from "./profile.ts";

/** Each way in which what answers at an address may know less than what answered there before. */
const FORGETTING: Profile["faults"] = {
  "kill node": 3,
  "snapshot node": 3,
  "move address": 3,
  "promote replica": 3,
  "flush node": 3,
  "swap database": 2,
};

/** The ways between the first process and this node. */
function p0At(node: number): Sides & { readonly direction: "both" } {
  return { nodes: [node], peers: ["p0"], direction: "both" };
}

/** For a course of faults: what each of them is to meet is there. */
const TWO_CALLERS: Pick<Profile, "durationMs" | "wallSpreadMs" | "maxLatencyMs" | "nodeCounts" | "processCounts"> &
  Pick<Profile, "mostCallers" | "client" | "longestTtlMs" | "slowTempoProbability"> = {
  durationMs: [1700, 1700],
  wallSpreadMs: 20,
  maxLatencyMs: 3,
  nodeCounts: [3],
  processCounts: [2],
  mostCallers: 1,
  client: { socketTimeoutMs: 5000 },
  longestTtlMs: [5000, 5000],
  slowTempoProbability: 0,
};
const KEPT: Partial<Habits> = {
  resources: ["a"],
  holds: [30],
  longestHoldMs: 1700,
  usingProbability: 0,
  tryProbability: 0,
  extendProbability: 0,
  autoExtendProbability: 1,
  forgetProbability: 0,
  abortProbability: 0,
  waitsMs: [0],
};

export const MEMORY_PROFILES: readonly Profile[] = [
  {
    ...CALM_NET,
    name: "restarts",
    faults: RESTARTS,
    faultsPer10s: 15,
    meanFaultMs: 400,
    wallSpreadMs: 20,
    slowTempoProbability: 0.6,
    oracles: ALL,
  },
  {
    // A short lock that is kept alive, beside rounds that last as long as another node's whole life.
    ...CALM_NET,
    name: "healing",
    faults: { partition: 5, slow: 2, "kill node": 2 },
    sides: {
      partition: [
        { nodes: [0], peers: ["p0"] },
        { nodes: [1], peers: ["p0"] },
      ],
      slow: [{ nodes: [1, 2], peers: ["p1"] }],
    },
    slowMs: [400, 1400],
    slowDirections: ["request"],
    meanKillMs: 60,
    faultyNodes: () => 1,
    durationMs: [1000, 2200],
    slowOperations: ["acquire"],
    memories: ["empty"],
    faultsPer10s: 60,
    meanFaultMs: 400,
    wallSpreadMs: 20,
    maxLatencyMs: 3,
    nodeCounts: [3],
    processCounts: [2],
    mostCallers: 1,
    client: { socketTimeoutMs: 5000 },
    longestTtlMs: [5000, 5000],
    slowTempoProbability: 0,
    habits: {
      resources: ["a"],
      ttlMsByProcess: [
        [60, 250],
        [3000, 5000],
      ],
      nodeTimeoutMs: [600, 1500],
      meanThinkMs: 40,
      defaultTimeoutProbability: 0.1,
      holds: [15],
      longestHoldMs: 1500,
      usingProbability: 0,
      tryProbability: 0,
      extendProbability: 0.05,
      autoExtendProbability: 0.9,
      forgetProbability: 0,
      abortProbability: 0,
      waitsMs: [0, 0, 2000],
    },
    oracles: ALL,
  },
  {
    // What "healing" meets once in some ten thousand runs. p0 cannot reach node 0, which grants to p1, whose bytes to the
    // others are held back; node 0 forgets, p0 gives it its key and counts it, and loses node 1, where p1's bytes arrive.
    ...CALM_NET,
    name: "another life",
    weight: 30,
    course: [
      { atMs: [0, 30], durationMs: [550, 650], fault: { kind: "partition", ...p0At(0) } },
      {
        atMs: [150, 300],
        durationMs: [500, 700],
        fault: { kind: "slow", nodes: [1, 2], peers: ["p1"], direction: "request", operation: "acquire", byMs: 900 },
      },
      {
        atMs: [450, 500],
        durationMs: [20, 50],
        fault: { kind: "kill node", node: 0, memory: "empty", silently: false },
      },
      { atMs: [750, 950], durationMs: [600, 800], fault: { kind: "partition", ...p0At(1) } },
    ],
    ...TWO_CALLERS,
    habits: {
      ...KEPT,
      ttlMsByProcess: [
        [60, 250],
        [3000, 5000],
      ],
      nodeTimeoutMs: [1000, 1500],
      meanThinkMs: 20,
      defaultTimeoutProbability: 0,
    },
    oracles: ALL,
  },
  {
    // All nodes forget a lock while the only other process is being started, which has never seen them before.
    ...CALM_NET,
    name: "new process",
    weight: 30,
    course: [
      { atMs: [900, 1000], durationMs: [200, 300], fault: { kind: "kill process", process: 1 } },
      { atMs: [950, 1100], durationMs: [1, 1], fault: { kind: "flush node", node: 0 } },
      { atMs: [950, 1100], durationMs: [1, 1], fault: { kind: "flush node", node: 1 } },
      { atMs: [950, 1100], durationMs: [1, 1], fault: { kind: "flush node", node: 2 } },
    ],
    ...TWO_CALLERS,
    // Who has forgotten all tokens goes by the clocks.
    rateSpread: 0,
    wallSpreadMs: 0,
    longestTtlMs: [300, 3000],
    durationMs: [2500, 2500],
    habits: { ...KEPT, holds: [0.01, 0.03, 30], meanThinkMs: 5 },
    oracles: ALL,
  },
  {
    ...CALM_NET,
    name: "forgetting",
    faults: { ...FORGETTING, partition: 4, slow: 3, "kill process": 2 },
    faultsPer10s: 25,
    meanFaultMs: 400,
    wallSpreadMs: 20,
    slowTempoProbability: 0.5,
    longestTtlMs: [300, 5000],
    nodeCounts: [3, 3, 3, 5],
    oracles: ALL,
  },
  {
    ...CALM_NET,
    name: "flush",
    faults: { ...RESTARTS, "flush node": 6 },
    faultsPer10s: 15,
    meanFaultMs: 400,
    rateSpread: 0,
    wallSpreadMs: 0,
    slowTempoProbability: 0.5,
    oracles: ALL,
  },
  {
    ...CALM_NET,
    name: "repairs",
    faults: { ...NETWORK, "flush node": 12, "stop node": 3 },
    faultsPer10s: 50,
    meanFaultMs: 200,
    wallSpreadMs: 20,
    longestTtlMs: [300, 3000],
    slowTempoProbability: 0,
    habits: { resources: ["a"], holds: [1.5, 4], autoExtendProbability: 0.9, extendProbability: 0.8 },
    oracles: ALL,
  },
  {
    // A replica is no node, and the others go on.
    ...CALM_NET,
    name: "demotions",
    faults: { "demote node": 4, "promote replica": 1 },
    faultyNodes: (count) => Math.ceil(count / 2) - 1,
    faultsPer10s: 10,
    meanFaultMs: 800,
    wallSpreadMs: 20,
    feasibleProbability: 1,
    oracles: ALL,
  },
  {
    // No process lives as long as the restart guard: what one has seen of a node has to help the next.
    ...CALM_NET,
    name: "short lives",
    weight: 30,
    faults: { "kill process": 8, "promote replica": 3 },
    faultsPer10s: 15,
    meanFaultMs: 100,
    wallSpreadMs: 20,
    nodeCounts: [3],
    longestTtlMs: [1000, 3000],
    slowTempoProbability: 0,
    durationMs: [5000, 8000],
    feasibleProbability: 1,
    habits: { meanThinkMs: 150, forgetProbability: 0 },
    oracles: ALL,
  },
];
