/** Which combinations are run, and for how long. */
import type { PeerName } from "../peers/peers.ts";
import type { faults } from "../suites/faults.ts";
import type { Contest } from "../suites/contention.ts";
import type { Load, Pace } from "../suites/speed.ts";

/** Several loads on one fleet. */
export interface SpeedPlan extends Pace {
  readonly nodeCount: number;
  readonly peers: readonly PeerName[];
  readonly loads: readonly Load[];
  /** What the network adds to each reply; undefined: no proxy at all. */
  readonly replyDelayMs?: number;
}

export interface FaultPlan extends Pace {
  readonly nodeCount: number;
  readonly fault: keyof typeof faults;
  readonly peers: readonly PeerName[];
  readonly load: Load;
}

export interface HoldingPlan {
  readonly nodeCount: number;
  readonly lockCount: number;
  readonly durationMs: number;
}

export interface WaitingPlan {
  readonly nodeCount: number;
  readonly peers: readonly PeerName[];
  readonly waiterCounts: readonly number[];
  readonly durationMs: number;
}

export interface ContentionPlan extends Pace {
  readonly nodeCount: number;
  readonly peers: readonly PeerName[];
  readonly contests: readonly Contest[];
}

/** Everything of one run, in this order. */
export interface Plan {
  readonly mode: "quick" | "full";
  readonly speed: readonly SpeedPlan[];
  readonly faults: readonly FaultPlan[];
  readonly holding: readonly HoldingPlan[];
  readonly waiting: readonly WaitingPlan[];
  readonly contention: readonly ContentionPlan[];
}
