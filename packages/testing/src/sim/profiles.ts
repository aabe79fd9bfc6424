/**
 * Kinds of trouble, each with the promises that must hold in it. A profile stays within what the library promises
 * (design.md part 7); only "node clocks", "flush" and "repairs" leave it, and there only what holds all the same is checked.
 */
import type { RedlockOptions } from "@quorate/redlock";

import type { ClientSettings } from "./dialer.ts";
import type { Fault, Habits, OracleName } from "./plan.ts";
import type { Interruptions } from "./process.ts";

export interface Profile {
  readonly name: string;
  /** How often each kind of fault is drawn, and how many faults there are per 10 s. */
  readonly faults: Partial<Record<Fault["kind"], number>>;
  readonly faultsPer10s: number;
  readonly meanFaultMs: number;
  /** Clock rates lie within 1 - this and 1 + this. */
  readonly rateSpread: number;
  /** Wall clocks of processes lie within minus this and plus this of the true time. */
  readonly wallSpreadMs: number;
  readonly interruptions?: Interruptions;
  /** Latency is drawn up to this; around the node time-outs it makes rounds fail. */
  readonly maxLatencyMs: number;
  readonly client?: Partial<ClientSettings>;
  readonly options?: RedlockOptions;
  readonly habits?: Partial<Habits>;
  /** While everything is free and reachable, nobody waits longer than this. */
  readonly longestSleepMs?: number;
  readonly oracles: readonly OracleName[];
}

const SAFETY: readonly OracleName[] = [
  "mutual exclusion",
  "lease soundness",
  "continuity",
  "valid on return",
  "told in time",
  "rollback is final",
  "repair is no revival",
  "nothing thrown",
];
/** With a guard that is shorter than the TTLs, a node that forgot may let a second holder in. */
const NEEDS_GUARD: readonly OracleName[] = ["mutual exclusion", "continuity", "told in time"];
const ALL: readonly OracleName[] = [...SAFETY, "fencing order", "no orphan", "progress"];

const NETWORK: Profile["faults"] = {
  partition: 4,
  slow: 3,
  "black hole": 2,
  "lose replies": 2,
  "reset connections": 3,
};
const RESTARTS: Profile["faults"] = { "kill node": 4, "snapshot node": 2, "stop node": 2, "flush scripts": 1 };
const PROCESSES: Profile["faults"] = { "stop process": 4, "suspend process": 2, "kill process": 1 };

/** Long TTLs and nothing forgotten: what is left on a node was left by mistake, not for its TTL. */
const TIDY: Partial<Habits> = { ttlsMs: [60_000], holds: [0, 0.0005, 0.005], forgetProbability: 0, meanThinkMs: 30 };

const CALM_NET: Pick<
  Profile,
  "faults" | "faultsPer10s" | "meanFaultMs" | "rateSpread" | "wallSpreadMs" | "maxLatencyMs"
> = {
  faults: {},
  faultsPer10s: 0,
  meanFaultMs: 0,
  rateSpread: 0.004,
  wallSpreadMs: 3000,
  maxLatencyMs: 5,
};

export const PROFILES: readonly Profile[] = [
  { ...CALM_NET, name: "calm", oracles: [...ALL, "no sleeping waiter", "gives up in time"] },
  {
    ...CALM_NET,
    name: "waiting",
    options: { retryDelayMs: 10_000, retryMaxDelayMs: 10_000 },
    habits: { ...TIDY, meanThinkMs: 200, waitsMs: [60_000], tryProbability: 0, abortProbability: 0.05 },
    longestSleepMs: 1000,
    oracles: [...ALL, "no sleeping waiter"],
  },
  { ...CALM_NET, name: "slow", maxLatencyMs: 120, oracles: ALL },
  { ...CALM_NET, name: "network", faults: NETWORK, faultsPer10s: 12, meanFaultMs: 800, maxLatencyMs: 20, oracles: ALL },
  {
    ...CALM_NET,
    name: "restarts",
    faults: RESTARTS,
    faultsPer10s: 8,
    meanFaultMs: 600,
    wallSpreadMs: 20,
    oracles: ALL,
  },
  {
    ...CALM_NET,
    name: "pauses",
    faults: { ...PROCESSES, "stop node": 3 },
    faultsPer10s: 10,
    meanFaultMs: 700,
    interruptions: { probability: 0.002, meanMs: 150 },
    oracles: ALL,
  },
  {
    ...CALM_NET,
    name: "holder clocks",
    faults: { "step process clock": 4, "suspend process": 3, "stop process": 1 },
    faultsPer10s: 10,
    meanFaultMs: 900,
    oracles: [...SAFETY, "fencing order", "no orphan"],
  },
  {
    ...CALM_NET,
    name: "tidy",
    faults: { ...NETWORK, "stop node": 2, "flush scripts": 1, "stop process": 1 },
    faultsPer10s: 12,
    meanFaultMs: 500,
    maxLatencyMs: 20,
    habits: TIDY,
    oracles: ALL,
  },
  {
    ...CALM_NET,
    name: "resend",
    faults: { ...NETWORK, "stop node": 2, "stop process": 1, "flush scripts": 1 },
    faultsPer10s: 15,
    meanFaultMs: 400,
    maxLatencyMs: 20,
    client: { resend: true, socketTimeoutMs: 300 },
    habits: TIDY,
    oracles: ALL,
  },
  {
    ...CALM_NET,
    name: "healing",
    faults: { ...NETWORK, "kill node": 6, slow: 12 },
    faultsPer10s: 25,
    meanFaultMs: 250,
    wallSpreadMs: 20,
    maxLatencyMs: 20,
    client: { resend: true, socketTimeoutMs: 300 },
    // The nodes' memory is lost while locks are held, and those who lost it are kept out: nobody may win any more.
    options: { restartGuardMs: 2000 },
    habits: { ...TIDY, ttlsMs: [20_000], holds: [0.005, 0.02], extendProbability: 0.9 },
    oracles: [...SAFETY.filter((oracle) => !NEEDS_GUARD.includes(oracle)), "no orphan"],
  },
  {
    ...CALM_NET,
    name: "no memory",
    faults: { ...NETWORK, "fill memory": 5 },
    faultsPer10s: 12,
    meanFaultMs: 700,
    oracles: ALL,
  },
  {
    ...CALM_NET,
    name: "mixed",
    faults: { ...NETWORK, ...RESTARTS, ...PROCESSES, "fill memory": 1 },
    faultsPer10s: 15,
    meanFaultMs: 600,
    wallSpreadMs: 20,
    maxLatencyMs: 20,
    interruptions: { probability: 0.001, meanMs: 100 },
    oracles: ALL,
  },
  {
    ...CALM_NET,
    name: "node clocks",
    faults: { ...NETWORK, "step node clock": 6 },
    faultsPer10s: 10,
    meanFaultMs: 500,
    wallSpreadMs: 20,
    oracles: ["fencing order", "rollback is final", "nothing thrown", "valid on return"],
  },
  {
    ...CALM_NET,
    name: "flush",
    faults: { ...RESTARTS, "flush node": 6 },
    faultsPer10s: 10,
    meanFaultMs: 500,
    rateSpread: 0,
    wallSpreadMs: 0,
    oracles: ["fencing order", "nothing thrown", "valid on return"],
  },
  {
    ...CALM_NET,
    name: "repairs",
    faults: { ...NETWORK, "flush node": 12, "stop node": 3 },
    faultsPer10s: 40,
    meanFaultMs: 200,
    // A flushed majority breaks any lock; what a holder makes of nodes that lost its key is all that is asked.
    habits: { ...TIDY, ttlsMs: [20_000], holds: [0.02, 0.05], extendProbability: 0.95 },
    oracles: ["repair is no revival", "nothing thrown", "valid on return"],
  },
];

export function profileNamed(name: string): Profile {
  const profile = PROFILES.find((candidate) => candidate.name === name);
  if (profile !== undefined) return profile;
  throw new RangeError(`no profile "${name}"; there are: ${PROFILES.map((known) => known.name).join(", ")}`);
}
