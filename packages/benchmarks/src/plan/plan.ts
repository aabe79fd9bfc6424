/** Which combinations are run, and for how long. */
import type { PeerName } from "../peers/peers.ts";
import type { Findings } from "../report/rows.ts";
import type { faults } from "../suites/faults.ts";
import type { Contest } from "../suites/contention.ts";
import type { CoordinationPlan } from "../suites/coordination.ts";
import type { Load, Pace } from "../suites/speed.ts";

/** Several loads on one fleet. */
export interface SpeedPlan extends Pace {
  readonly nodeCount: number;
  readonly peers: readonly PeerName[];
  readonly loads: readonly Load[];
  /** What the network adds to each reply; undefined: no proxy at all. */
  readonly replyDelayMs?: number;
}

interface FaultPlan extends Pace {
  readonly nodeCount: number;
  readonly fault: keyof typeof faults;
  readonly peers: readonly PeerName[];
  readonly load: Load;
}

export interface HoldingPlan {
  readonly nodeCount: number;
  readonly lockCount: number;
  readonly ttlMs: number;
  readonly durationMs: number;
}

interface WaitingPlan {
  readonly nodeCount: number;
  readonly peers: readonly PeerName[];
  readonly waiterCounts: readonly number[];
  readonly durationMs: number;
}

interface ContentionPlan {
  readonly nodeCount: number;
  /** What the network takes, one way. */
  readonly networkMs: number;
  readonly peers: readonly PeerName[];
  readonly contests: readonly Contest[];
}

interface PermitsPlan {
  readonly nodeCount: number;
  readonly contests: readonly (Contest & { readonly permits: number })[];
}

interface LinePlan {
  readonly placeCounts: readonly number[];
  readonly roundCount: number;
}

interface SettlingPlan {
  readonly nodeCount: number;
  readonly peers: readonly PeerName[];
  readonly contenderCounts: readonly number[];
  readonly raceCount: number;
}

/** Everything of one run, in this order. */
export interface Plan {
  readonly mode: "quick" | "full";
  readonly speed: readonly SpeedPlan[];
  readonly faults: readonly FaultPlan[];
  readonly holding: readonly HoldingPlan[];
  readonly waiting: readonly WaitingPlan[];
  readonly contention: readonly ContentionPlan[];
  readonly permits: readonly PermitsPlan[];
  readonly line: readonly LinePlan[];
  readonly settling: readonly SettlingPlan[];
  readonly coordination: readonly CoordinationPlan[];
}

/** What of a plan is to be run. */
export function planOf(plan: Plan, suites: readonly (keyof Findings)[]): Plan {
  const { mode } = plan;
  const isWanted = (suite: keyof Findings): boolean => suites.includes(suite);
  return {
    mode,
    speed: isWanted("speed") ? plan.speed : [],
    faults: isWanted("speed") ? plan.faults : [],
    holding: isWanted("holding") ? plan.holding : [],
    waiting: isWanted("waiting") ? plan.waiting : [],
    contention: isWanted("contention") ? plan.contention : [],
    permits: isWanted("permits") ? plan.permits : [],
    line: isWanted("line") ? plan.line : [],
    settling: isWanted("settling") ? plan.settling : [],
    coordination: isWanted("coordination") ? plan.coordination : [],
  };
}
