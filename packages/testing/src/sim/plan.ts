/**
 * A simulated run before it happens: everything that the seed decides about the world, as plain data. So that a
 * failure can be shrunk (the same plan with a fault less), printed, and run again.
 */
import type { LockMode, RedlockOptions } from "@quorate/redlock";

import type { ClientSettings } from "./dialer.ts";
import type { Latency } from "./link.ts";
import type { Interruptions } from "./process.ts";
import type { MemoryAfterRestart } from "./server.ts";

/** Which promises are checked; see safety.md and each file in oracle/. */
export type OracleName =
  | "mutual exclusion"
  | "at most K"
  | "lease soundness"
  | "continuity"
  | "valid on return"
  | "fencing order"
  | "told in time"
  | "rollback is final"
  | "repair is no revival"
  | "no orphan"
  | "each has its own end"
  | "strays are moved"
  | "no sleeping waiter"
  | "no deadlock"
  | "gives up in time"
  | "progress"
  | "in turn"
  | "fair share"
  | "refused for cause"
  | "lost for cause"
  | "nested gets its due"
  | "data of others"
  | "nothing thrown";

/** What can go wrong in a simulated run. */
export type Fault =
  | {
      readonly kind: "kill node";
      readonly node: number;
      readonly memory: MemoryAfterRestart;
      readonly silently: boolean;
    }
  | { readonly kind: "stop node"; readonly node: number }
  | { readonly kind: "snapshot node"; readonly node: number }
  /** Its address leads to a spare server from now on, which has been up for long and was never locked on. */
  | { readonly kind: "move address"; readonly node: number; readonly silently: boolean }
  /**
   * Its replica takes its place, with what it had received until `lagMs` before; `tells`: it says that it was promoted, as
   * a server does until its backlog is freed.
   */
  | { readonly kind: "promote replica"; readonly node: number; readonly lagMs: number; readonly tells: boolean }
  /** It is another master's replica, and then a master again, with nothing of what it knew before. */
  | { readonly kind: "demote node"; readonly node: number }
  /** SWAPDB with an empty one. */
  | { readonly kind: "swap database"; readonly node: number }
  /** Somebody publishes what was told there before, with something changed, or nonsense. */
  | { readonly kind: "publish"; readonly node: number }
  | { readonly kind: "flush node"; readonly node: number }
  | { readonly kind: "flush scripts"; readonly node: number }
  | { readonly kind: "fill memory"; readonly node: number }
  | { readonly kind: "reset connections"; readonly node: number }
  | { readonly kind: "step node clock"; readonly node: number; readonly byMs: number }
  | {
      readonly kind: "partition";
      readonly nodes: readonly number[];
      readonly peers: readonly string[];
      readonly direction: "request" | "reply" | "both";
    }
  | { readonly kind: "black hole"; readonly nodes: readonly number[]; readonly peers: readonly string[] }
  | { readonly kind: "lose replies"; readonly nodes: readonly number[]; readonly peers: readonly string[] }
  | {
      readonly kind: "slow";
      /** Only messages that begin with this operation; all when left out. What is behind them waits too. */
      readonly operation?: string;
      readonly nodes: readonly number[];
      readonly peers: readonly string[];
      readonly direction: "request" | "reply";
      readonly byMs: number;
    }
  | { readonly kind: "stop process"; readonly process: number }
  | { readonly kind: "suspend process"; readonly process: number }
  /** Stopped for so long that its connections are dead when it runs again. */
  | { readonly kind: "freeze process"; readonly process: number }
  | { readonly kind: "kill process"; readonly process: number }
  /** It closes its Redlock, whatever it tries or holds, and makes another. */
  | { readonly kind: "close process"; readonly process: number }
  | { readonly kind: "step process clock"; readonly process: number; readonly byMs: number };

/** A fault, and when it begins and heals, in true time. */
export interface PlannedFault {
  readonly atMs: number;
  readonly durationMs: number;
  readonly fault: Fault;
}

/** From the least to the most. */
export type Range = readonly [from: number, to: number];

/** How the callers use the lock. Probabilities are per lock or per call. */
export interface Habits {
  readonly resources: readonly string[];
  readonly severalProbability: number;
  /** Each caller draws its own TTL, evenly by order of magnitude. */
  readonly ttlMs: Range;
  /** Where given, of the processes in turn. */
  readonly ttlMsByProcess: readonly Range[] | undefined;
  /** And its own node timeout, or leaves it to the default. */
  readonly nodeTimeoutMs: Range;
  readonly defaultTimeoutProbability: number;
  readonly waitsMs: readonly number[];
  readonly meanThinkMs: number;
  /** How long a lock is kept, as multiples of its TTL; never for longer than `longestHoldMs`. */
  readonly holds: readonly number[];
  readonly longestHoldMs: number;
  readonly extendProbability: number;
  /** Extensions ask for up to so many times the TTL, and never for more than the longest TTL in use. */
  readonly longestExtension: number;
  readonly autoExtendProbability: number;
  readonly usingProbability: number;
  readonly tryProbability: number;
  readonly abortProbability: number;
  /** The holder never releases, and the lock ends by its TTL. */
  readonly forgetProbability: number;
  /** The lock is taken over by another process, and its giver goes on looking at it. */
  readonly handOverProbability: number;
  /** A logger writes the lock down as JSON. */
  readonly logProbability: number;
  /** The holder of some resources asks for later ones too: always in one order, so that nobody waits in a circle. */
  readonly nestProbability: number;
  /** How each call holds its resources, one of these; none: always alone. */
  readonly modes: readonly LockMode[];
  /** A holder that is alone lets readers in. */
  readonly shareProbability: number;
  /** How many permits there are, by one call or another. */
  readonly permits: readonly number[];
  /** A call wants more than one of them. */
  readonly weightProbability: number;
  /** `using` inside `using`, on the same resources. */
  readonly reentryProbability: number;
  /** Instead of all that: this many locks at once, once. */
  readonly burstCount: number;
}

export interface MachinePlan {
  /** Of its clocks. */
  readonly rate: number;
  /** How far its wall clock is from the true time at the start. */
  readonly wallOffsetMs: number;
}

/** A run that can be repeated: the seed decides what the plan leaves open. */
export interface Plan {
  readonly seed: number;
  readonly profile: string;
  readonly nodes: readonly MachinePlan[];
  readonly processes: readonly MachinePlan[];
  readonly callersPerProcess: number;
  /** Faults happen, and locks are asked for, until then. */
  readonly durationMs: number;
  /** Then all is quiet, and nobody begins anything new; for at least the first, at most the second of these times. */
  readonly quietMs: Range;
  readonly latency: Latency;
  readonly client: ClientSettings;
  readonly interruptions: Interruptions | undefined;
  readonly options: RedlockOptions;
  readonly habits: Habits;
  /** Somebody else's keys lie on one node, where names that are derived from the resources could meet them. */
  readonly hasNeighbours: boolean;
  readonly faults: readonly PlannedFault[];
  readonly oracles: readonly OracleName[];
  /** With a majority reachable and the lock free, nobody waits longer than this. */
  readonly longestSleepMs: number;
}
