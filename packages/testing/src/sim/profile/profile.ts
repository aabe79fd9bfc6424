/** A kind of trouble, with the promises that must hold in it. */
import type { RedlockOptions } from "@quorate/redlock";

import type { ClientSettings } from "../dialer.ts";
import type { Fault, Habits, OracleName, Range } from "../plan.ts";
import type { Interruptions } from "../process.ts";
import type { MemoryAfterRestart } from "../server.ts";

/** The two ends of what is wrong. */
export interface Sides {
  readonly nodes: readonly number[];
  readonly peers: readonly string[];
}

/** One of several faults that only together show what they are drawn for. */
export interface CourseFault {
  readonly atMs: Range;
  readonly durationMs: Range;
  readonly fault: Fault;
}

export const USUAL_WEIGHT = 100;

/** What is left out is as usual; see draw.ts. */
export interface Profile {
  readonly name: string;
  /** How often it is drawn, beside `USUAL_WEIGHT`: a run of some takes as long as a hundred of others. */
  readonly weight?: number;
  /** How often each kind of fault is drawn, and how many faults there are per 10 s. */
  readonly faults: Partial<Record<Fault["kind"], number>>;
  readonly faultsPer10s: number;
  readonly meanFaultMs: number;
  /** Instead of all that: these faults, in this order, each begun and ended somewhere within its times. */
  readonly course?: readonly CourseFault[];
  /** Of how many nodes something may happen to the node itself. */
  readonly faultyNodes?: (nodeCount: number) => number;
  /** Who is concerned by a fault of the network, by its kind: where few are, the same meet again and again. */
  readonly sides?: Partial<Record<Fault["kind"], readonly Sides[]>>;
  readonly slowDirections?: readonly ("request" | "reply")[];
  readonly meanKillMs?: number;
  /** By how much messages are made slow. */
  readonly slowMs?: Range;
  /** Of messages that are made slow, the kind. */
  readonly slowOperations?: readonly string[];
  readonly processCounts?: readonly number[];
  /** What killed nodes remember. */
  readonly memories?: readonly MemoryAfterRestart[];
  readonly nodeStepMs?: Range;
  readonly nodeCounts?: readonly number[];
  readonly mostCallers?: number;
  readonly durationMs?: Range;
  /** How often a run is so long that a node which forgot counts again in it. */
  readonly slowTempoProbability?: number;
  /** How often every round can be won in time, so that progress is asked for. */
  readonly feasibleProbability?: number;
  /** The longest TTL in use is drawn from these, by order of magnitude; see `Habits` for the others. */
  readonly longestTtlMs?: Range;
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
  readonly hasNeighbours?: boolean;
  /** While everything is free and reachable, nobody waits longer than this. */
  readonly longestSleepMs?: number;
  readonly oracles: readonly OracleName[];
}

/** What holds whatever happens within the promised limits. */
export const SAFETY: readonly OracleName[] = [
  "mutual exclusion",
  "at most K",
  "lease soundness",
  "continuity",
  "valid on return",
  "told in time",
  "rollback is final",
  "repair is no revival",
  "nested gets its due",
  "data of others",
  "each has its own end",
  "nothing thrown",
];
export const ALL: readonly OracleName[] = [
  ...SAFETY,
  "fencing order",
  "no orphan",
  "progress",
  "refused for cause",
  "lost for cause",
];

export const NETWORK: Profile["faults"] = {
  partition: 4,
  slow: 3,
  "black hole": 2,
  "lose replies": 2,
  "reset connections": 3,
};
export const RESTARTS: Profile["faults"] = {
  "kill node": 4,
  "snapshot node": 2,
  "stop node": 2,
  "flush scripts": 1,
};
export const PROCESSES: Profile["faults"] = { "stop process": 4, "suspend process": 2, "kill process": 1 };

/** Long TTLs and nothing forgotten: what is left on a node was left by mistake, not for its TTL. */
export const TIDY: Partial<Habits> = {
  ttlMs: [30_000, 60_000],
  longestHoldMs: 300,
  forgetProbability: 0,
  meanThinkMs: 30,
};
export const LONG_TTLS: Pick<Profile, "longestTtlMs" | "slowTempoProbability"> = {
  longestTtlMs: [60_000, 60_000],
  slowTempoProbability: 0,
};

export const CALM_NET: Pick<
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
