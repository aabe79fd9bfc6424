/** Nodes that forget at the one moment at which it could do harm: faults in a fixed course, among two callers. */
import type { Habits } from "../plan.ts";
import { ALL, CALM_NET, type Profile, type Sides } from "./profile.ts";

/** The ways between the first process and this node. */
function p0At(node: number): Sides & { readonly direction: "both" } {
  return { nodes: [node], peers: ["p0"], direction: "both" };
}

/** For a course of faults: what each of them is to meet is there. */
export const TWO_CALLERS: Pick<
  Profile,
  "durationMs" | "wallSpreadMs" | "maxLatencyMs" | "nodeCounts" | "processCounts"
> &
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

export const COURSE_PROFILES: readonly Profile[] = [
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
];
