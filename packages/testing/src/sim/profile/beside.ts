/** Readers beside each other and a writer, permits, and all of them on one name: with what goes wrong elsewhere. */
import type { Habits } from "../plan.ts";
import { ALL, CALM_NET, LONG_TTLS, NETWORK, PROCESSES, type Profile, RESTARTS, TIDY } from "./profile.ts";
import { NESTED } from "./users.ts";

/** Short, and on few nodes: as many runs as can be. */
const SMALL: Pick<
  Profile,
  "nodeCounts" | "processCounts" | "mostCallers" | "durationMs" | "longestTtlMs" | "slowTempoProbability"
> = {
  nodeCounts: [3, 3, 3, 5, 4, 1],
  processCounts: [2, 3],
  mostCallers: 3,
  durationMs: [400, 1200],
  longestTtlMs: [300, 3000],
  slowTempoProbability: 0,
};

const READERS: Partial<Habits> = {
  modes: ["shared", "shared", "shared", "exclusive"],
  shareProbability: 0.4,
  handOverProbability: 0.1,
};
const PERMITS: Partial<Habits> = {
  modes: ["permits"],
  permits: [3],
  weightProbability: 0.3,
  severalProbability: 0,
  handOverProbability: 0.1,
};
/** K differs between callers, the name is closed for maintenance, and somebody takes it for something else. */
const ANY_MODE: Partial<Habits> = {
  modes: ["shared", "shared", "permits", "permits", "permits", "exclusive"],
  permits: [2, 4, 5],
  weightProbability: 0.3,
  shareProbability: 0.3,
  resources: ["a"],
};
/** Everybody waits, and nobody has a reason to sleep while he could go. */
const PATIENT: Partial<Habits> = {
  ...TIDY,
  handOverProbability: 0,
  waitsMs: [60_000],
  // Long enough to see who does not go on beside it.
  longestHoldMs: 2500,
  holds: [0.001, 0.01, 0.1],
  meanThinkMs: 100,
  tryProbability: 0,
  abortProbability: 0.05,
  // Who wants several may have to let others pass at one of them.
  severalProbability: 0,
};
const WAITING: Pick<Profile, "options" | "longestSleepMs" | "durationMs" | "oracles"> = {
  durationMs: [1000, 3000],
  options: { retryDelayMs: 10_000, retryMaxDelayMs: 10_000 },
  longestSleepMs: 700,
  oracles: [...ALL, "no sleeping waiter", "in turn", "strays are moved"],
};

const CUTS: Pick<Profile, "faults" | "faultsPer10s" | "meanFaultMs" | "maxLatencyMs"> = {
  faults: { ...NETWORK, "stop node": 2, "flush scripts": 1, "fill memory": 1, "stop process": 2 },
  faultsPer10s: 30,
  meanFaultMs: 300,
  maxLatencyMs: 15,
};
const FORGETTING: Pick<Profile, "faults" | "faultsPer10s" | "meanFaultMs" | "wallSpreadMs"> = {
  faults: {
    ...RESTARTS,
    ...PROCESSES,
    "move address": 3,
    "promote replica": 3,
    "flush node": 3,
    partition: 4,
    slow: 3,
  },
  faultsPer10s: 40,
  meanFaultMs: 300,
  wallSpreadMs: 20,
};
/** Nothing is forgotten, and what was sent may be executed twice: what is left was left by mistake. */
const RESENT: Pick<Profile, "client" | "longestTtlMs"> = {
  client: { resend: true, socketTimeoutMs: 300 },
  longestTtlMs: [60_000, 60_000],
};

export const BESIDE_PROFILES: readonly Profile[] = [
  { ...CALM_NET, ...SMALL, name: "readers", ...CUTS, habits: READERS, oracles: ALL },
  { ...CALM_NET, ...SMALL, name: "readers restarts", ...FORGETTING, habits: READERS, oracles: ALL },
  { ...CALM_NET, ...SMALL, ...LONG_TTLS, name: "readers waiting", ...WAITING, habits: { ...READERS, ...PATIENT } },
  {
    ...CALM_NET,
    ...SMALL,
    ...LONG_TTLS,
    name: "readers of several",
    ...WAITING,
    habits: { ...READERS, ...PATIENT, resources: ["a", "b"], severalProbability: 0.5 },
    // Who wants several lets others pass at one of them.
    oracles: WAITING.oracles.filter((oracle) => oracle !== "in turn"),
  },
  {
    // Who reads one goes on to the next, and meets those who wait for all of them.
    ...NESTED,
    name: "any mode nested",
    nodeCounts: [3, 3, 5],
    habits: {
      ...NESTED.habits,
      modes: ["shared", "shared", "exclusive", "permits"],
      permits: [2],
      weightProbability: 0.3,
    },
  },
  { ...CALM_NET, ...SMALL, name: "readers resend", ...CUTS, ...RESENT, habits: { ...READERS, ...TIDY }, oracles: ALL },
  { ...CALM_NET, ...SMALL, name: "permits", ...CUTS, habits: PERMITS, oracles: ALL },
  {
    ...CALM_NET,
    ...SMALL,
    name: "permits restarts",
    ...FORGETTING,
    habits: { ...PERMITS, permits: [1, 3, 5] },
    oracles: ALL,
  },
  { ...CALM_NET, ...SMALL, ...LONG_TTLS, name: "permits waiting", ...WAITING, habits: { ...PERMITS, ...PATIENT } },
  { ...CALM_NET, ...SMALL, name: "permits resend", ...CUTS, ...RESENT, habits: { ...PERMITS, ...TIDY }, oracles: ALL },
  {
    // Nodes disagree often, and what would make them agree comes late.
    ...CALM_NET,
    ...SMALL,
    name: "permits moved",
    faults: { slow: 3, partition: 1 },
    faultsPer10s: 60,
    meanFaultMs: 400,
    slowOperations: ["heal"],
    slowDirections: ["request"],
    slowMs: [30, 600],
    longestTtlMs: [300, 600],
    habits: {
      ...PERMITS,
      permits: [2, 3],
      resources: ["a"],
      meanThinkMs: 10,
      holds: [0.02, 0.2, 1.5],
      handOverProbability: 0,
    },
    oracles: ALL,
  },
  { ...CALM_NET, ...SMALL, name: "any mode", ...CUTS, habits: ANY_MODE, oracles: ALL },
  { ...CALM_NET, ...SMALL, name: "any mode restarts", ...FORGETTING, habits: ANY_MODE, oracles: ALL },
  { ...CALM_NET, ...SMALL, ...LONG_TTLS, name: "any mode waiting", ...WAITING, habits: { ...ANY_MODE, ...PATIENT } },
];
