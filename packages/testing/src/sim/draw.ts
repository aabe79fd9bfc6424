/** From a seed to a plan: which profile, how many machines, what happens to them and when. */
import { SAFE_CLIENT_SETTINGS } from "./dialer.ts";
import type { Fault, Habits, MachinePlan, OracleName, Plan, PlannedFault } from "./plan.ts";
import { Prng } from "./prng.ts";
import { type Profile, profileNamed, PROFILES } from "./profiles.ts";

const HABITS: Habits = {
  resources: ["a"],
  severalProbability: 0.3,
  ttlsMs: [1000],
  waitsMs: [0, 300, 2000, 10_000],
  meanThinkMs: 40,
  holds: [0, 0.02, 0.05, 0.1, 0.5, 1.5, 4],
  extendProbability: 0.5,
  autoExtendProbability: 0.3,
  usingProbability: 0.3,
  tryProbability: 0.5,
  abortProbability: 0.05,
  forgetProbability: 0.1,
  adoptProbability: 0.05,
};

const LIVENESS: readonly OracleName[] = ["progress", "no sleeping waiter", "gives up in time"];

/** What of a plan the seed does not decide. */
export interface DrawOptions {
  /** Instead of one that the seed picks. */
  readonly profile?: string | undefined;
}

/** The same seed and options, the same plan, for ever: as long as this file does not change. */
export function drawPlan(seed: number, options: DrawOptions = {}): Plan {
  const prng = new Prng(seed);
  const picked = prng.pick(PROFILES);
  const profile = options.profile === undefined ? picked : profileNamed(options.profile);
  const nodes = Array.from({ length: prng.pick([3, 3, 5, 5, 5, 4, 7]) }, () => drawMachine(prng, profile, 20));
  const processCount = prng.integer(2, 5);
  const processes = Array.from({ length: processCount }, () => drawMachine(prng, profile, profile.wallSpreadMs));
  const habits = drawHabits(prng, profile);
  const longestTtlMs = Math.max(...habits.ttlsMs);
  const durationMs = Math.round(prng.between(4000, 16_000));
  const baseMs = prng.between(0.05, profile.maxLatencyMs) * prng.next();
  const jitterMs = baseMs * prng.between(0, 1);
  const nodeTimeoutMs = prng.chance(0.3) ? Math.round(prng.between(10, Math.min(400, longestTtlMs))) : undefined;
  // Where a round trip hardly fits into a round, nobody promises that anybody ever wins.
  const shortestTtlMs = Math.min(...habits.ttlsMs);
  // A loss may be told up to half a TTL ahead: what is won later than that is won too late.
  const shortestRoundMs = Math.min(nodeTimeoutMs ?? Math.max(50, shortestTtlMs / 20), shortestTtlMs / 2);
  const isFeasible = shortestRoundMs > 6 * (baseMs + 3 * jitterMs);
  return {
    seed,
    profile: profile.name,
    nodes,
    processes,
    callersPerProcess: prng.integer(1, 3),
    durationMs,
    quietMs: 6000 + longestTtlMs * (longestTtlMs > 10_000 ? 0 : 3),
    latency: { baseMs, jitterMs },
    client: { ...SAFE_CLIENT_SETTINGS, socketTimeoutMs: prng.pick([300, 1000, 5000]), ...profile.client },
    interruptions: profile.interruptions,
    options: {
      restartGuardMs: longestTtlMs,
      ...(nodeTimeoutMs === undefined ? {} : { nodeTimeoutMs }),
      ...(prng.chance(0.2) ? { safetyMarginMs: prng.pick([0, 5, 200]) } : {}),
      ...(prng.chance(0.2) ? { keyPrefix: "app:" } : {}),
      ...profile.options,
    },
    habits,
    faults: drawFaults(prng, profile, { nodeCount: nodes.length, processCount, durationMs, longestTtlMs }),
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

function drawHabits(prng: Prng, profile: Profile): Habits {
  const resources = ["a", "b", "c"].slice(0, prng.pick([1, 1, 2, 3]));
  const shortestTtlMs = prng.pick([100, 200, 500, 1000]);
  const ttlsMs = [shortestTtlMs, shortestTtlMs, shortestTtlMs * 2, shortestTtlMs * 3];
  return { ...HABITS, resources, ttlsMs, meanThinkMs: prng.pick([5, 40, 200]), ...profile.habits };
}

interface Sizes {
  readonly nodeCount: number;
  readonly processCount: number;
  readonly durationMs: number;
  readonly longestTtlMs: number;
}

function drawFaults(prng: Prng, profile: Profile, sizes: Sizes): PlannedFault[] {
  const kinds = Object.entries(profile.faults).flatMap(([kind, weight]) =>
    Array.from({ length: weight }, () => kind as Fault["kind"]),
  );
  if (kinds.length === 0) return [];
  const count = Math.round((profile.faultsPer10s * sizes.durationMs * prng.between(0.3, 1.2)) / 10_000);
  const faults = Array.from({ length: count }, () => ({
    atMs: Math.round(prng.between(100, sizes.durationMs * 0.95)),
    durationMs: Math.round(prng.exponential(profile.meanFaultMs)) + 1,
    fault: drawFault(prng, prng.pick(kinds), sizes),
  }));
  return faults.sort((a, b) => a.atMs - b.atMs);
}

function drawFault(prng: Prng, kind: Fault["kind"], sizes: Sizes): Fault {
  const node = prng.integer(0, sizes.nodeCount - 1);
  const process = prng.integer(0, sizes.processCount - 1);
  switch (kind) {
    case "kill node":
      return { kind, node, memory: prng.pick(["kept", "empty", "snapshot"]), silently: prng.chance(0.3) };
    case "stop node":
    case "snapshot node":
    case "flush node":
    case "flush scripts":
    case "fill memory":
    case "reset connections":
      return { kind, node };
    case "step node clock":
      return { kind, node, byMs: Math.round(prng.between(-20_000, 20_000)) };
    case "stop process":
    case "suspend process":
    case "kill process":
      return { kind, process };
    case "step process clock":
      return { kind, process, byMs: Math.round(prng.between(-1.5, 1.5) * sizes.longestTtlMs) };
    case "partition":
      return { kind, ...drawSides(prng, sizes), direction: prng.pick(["request", "reply", "both", "both"]) };
    case "black hole":
    case "lose replies":
      return { kind, ...drawSides(prng, sizes) };
    case "slow": {
      const byMs = Math.round(prng.exponential(sizes.longestTtlMs / 4));
      const slow = { kind, ...drawSides(prng, sizes), direction: prng.pick(["request", "reply"] as const), byMs };
      return prng.chance(0.3) ? { ...slow, operation: prng.pick(["acquire", "extend", "heal", "release"]) } : slow;
    }
  }
}

function drawSides(prng: Prng, sizes: Sizes): { nodes: number[]; peers: string[] } {
  const some = (count: number, probability: number): number[] =>
    Array.from({ length: count }, (_, index) => index).filter(() => prng.chance(probability));
  return { nodes: some(sizes.nodeCount, 0.4), peers: some(sizes.processCount, 0.6).map((index) => `p${index}`) };
}
