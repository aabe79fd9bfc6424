/** From a seed to a plan: which profile, how many machines, what happens to them and when. */
import { SAFE_CLIENT_SETTINGS } from "./dialer.ts";
import { drawFaults } from "./draw-faults.ts";
import type { Latency } from "./link.ts";
import type { Habits, MachinePlan, OracleName, Plan, Range } from "./plan.ts";
import { Prng } from "./prng.ts";
import type { Profile } from "./profile/profile.ts";
import { profileAt, profileNamed } from "./profiles.ts";

const HABITS: Omit<Habits, "resources" | "ttlMs" | "nodeTimeoutMs" | "meanThinkMs" | "longestHoldMs"> = {
  severalProbability: 0.3,
  ttlMsByProcess: undefined,
  defaultTimeoutProbability: 0.5,
  waitsMs: [0, 300, 2000, 10_000],
  holds: [0, 0.02, 0.05, 0.1, 0.5, 1.5, 4],
  extendProbability: 0.5,
  longestExtension: 3,
  autoExtendProbability: 0.3,
  usingProbability: 0.3,
  tryProbability: 0.5,
  abortProbability: 0.05,
  forgetProbability: 0.1,
  handOverProbability: 0,
  logProbability: 0,
  nestProbability: 0,
  reentryProbability: 0,
  modes: [],
  shareProbability: 0,
  permits: [],
  weightProbability: 0,
  burstCount: 0,
};

const LIVENESS: readonly OracleName[] = [
  "progress",
  "no sleeping waiter",
  "no deadlock",
  "gives up in time",
  "in turn",
  "fair share",
  "refused for cause",
  "lost for cause",
];

/** What of a plan the seed does not decide. */
export interface DrawOptions {
  /** Instead of one that the seed picks. */
  readonly profile?: string | undefined;
}

/** The same seed and options, the same plan, for ever: as long as this file does not change. */
export function drawPlan(seed: number, options: DrawOptions = {}): Plan {
  const prng = new Prng(seed);
  const picked = profileAt(seed, prng.next());
  const profile = options.profile === undefined ? picked : profileNamed(options.profile);
  const nodes = Array.from({ length: prng.pick(profile.nodeCounts ?? [3, 3, 3, 5, 5, 4, 7]) }, () =>
    drawMachine(prng, profile, 20),
  );
  const processCount = prng.pick(profile.processCounts ?? [2, 3, 4]);
  const processes = Array.from({ length: processCount }, () => drawMachine(prng, profile, profile.wallSpreadMs));
  const baseMs = prng.between(0.05, profile.maxLatencyMs) * prng.next();
  const latency = { baseMs, jitterMs: baseMs * prng.between(0, 1) };
  // Where a round trip hardly fits into a round, nobody promises that anybody ever wins.
  const isFeasible = prng.chance(profile.feasibleProbability ?? 0.8);
  // Some runs are so long that a node which forgot counts again in them.
  const isSlow = prng.chance(profile.slowTempoProbability ?? 0.3);
  const longestTtlMs = drawLongestTtl(prng, profile, latency, isSlow);
  const tempo = isSlow ? Math.max(1, longestTtlMs / 1500) : 1;
  const habits = drawHabits(prng, profile, { latency, isFeasible, longestTtlMs, tempo });
  const durationMs = Math.round(prng.between(...(profile.durationMs ?? [700, 2600])) * tempo);
  // A client that takes every answer for late has no connection.
  const socketTimeoutMs = Math.max(prng.pick([300, 1000, 5000]), Math.ceil(shortestRoundMs(latency)));
  const client = { ...SAFE_CLIENT_SETTINGS, socketTimeoutMs, ...profile.client };
  // An answer that comes late is a sign of life: what was lost behind it is given up a whole time-out later.
  const settlingMs = 2 * client.socketTimeoutMs + client.connectTimeoutMs + client.reconnectDelayMs + 4000;
  const longestWaitMs = Math.max(...habits.waitsMs);
  return {
    seed,
    profile: profile.name,
    nodes,
    processes,
    callersPerProcess: prng.integer(1, profile.mostCallers ?? 2),
    durationMs,
    quietMs: [settlingMs, settlingMs + longestWaitMs + longestTtlMs * 3],
    latency,
    client,
    interruptions: profile.interruptions,
    options: {
      restartGuardMs: longestTtlMs,
      ...(prng.chance(0.2) ? { safetyMarginMs: prng.pick([0, 5, 200]) } : {}),
      ...(prng.chance(0.2) ? { keyPrefix: "app:" } : {}),
      ...profile.options,
    },
    habits,
    hasNeighbours: profile.hasNeighbours === true,
    faults: drawFaults(prng, profile, { nodeCount: nodes.length, processCount, durationMs, longestTtlMs, tempo }),
    oracles: profile.oracles.filter((oracle) => isFeasible || !LIVENESS.includes(oracle)),
    longestSleepMs: profile.longestSleepMs ?? 2500,
  };
}

function drawMachine(prng: Prng, profile: Profile, wallSpreadMs: number): MachinePlan {
  return {
    rate: 1 + prng.between(-profile.rateSpread, profile.rateSpread),
    wallOffsetMs: Math.round(prng.between(-wallSpreadMs, wallSpreadMs)),
  };
}

/** How long a round must be able to wait, so that hardly any misses it. */
function shortestRoundMs({ baseMs, jitterMs }: Latency): number {
  return 6 * (baseMs + 3 * jitterMs);
}

function drawLongestTtl(prng: Prng, profile: Profile, latency: Latency, isSlow: boolean): number {
  const [from, to] = profile.longestTtlMs ?? [300, isSlow ? 4000 : 30_000];
  return Math.round(Math.max(prng.orderBetween(from, to), 3 * shortestRoundMs(latency)));
}

interface Drawn {
  readonly latency: Latency;
  readonly isFeasible: boolean;
  readonly longestTtlMs: number;
  readonly tempo: number;
}

/** TTLs and node time-outs over three orders of magnitude, so that one caller's round outlives another one's lock. */
function drawHabits(prng: Prng, profile: Profile, { latency, isFeasible, longestTtlMs, tempo }: Drawn): Habits {
  const resources = ["a", "b", "c"].slice(0, prng.pick([1, 1, 2, 3]));
  const roundMs = shortestRoundMs(latency);
  // A loss may be told up to half a TTL ahead: what is won later than that is won too late.
  const leastTtlMs = isFeasible ? Math.max(30, 2.5 * roundMs) : 20;
  const ttlMs: Range = [Math.min(longestTtlMs, Math.max(leastTtlMs, longestTtlMs / 1000)), longestTtlMs];
  const nodeTimeoutMs: Range = [
    Math.max(isFeasible ? roundMs : 5, 10),
    Math.max(isFeasible ? roundMs : 5, Math.min(10_000, longestTtlMs)),
  ];
  const meanThinkMs = prng.pick([5, 40, 200]) * tempo;
  const drawn = { resources, ttlMs, nodeTimeoutMs, meanThinkMs, longestHoldMs: 1500 * tempo };
  return { ...HABITS, ...drawn, ...profile.habits };
}
