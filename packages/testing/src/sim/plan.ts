/**
 * A simulated run before it happens: everything that the seed decides about the world, as plain data. So that a
 * failure can be shrunk (the same plan with a fault less), printed, and run again.
 */
import type { RedlockOptions } from "@quorate/redlock";

import type { ClientSettings } from "./dialer.ts";
import type { Latency } from "./link.ts";
import type { Interruptions } from "./process.ts";
import type { MemoryAfterRestart } from "./server.ts";

/** Which promises are checked; see safety.md and each file in oracle/. */
export type OracleName =
  | "mutual exclusion"
  | "lease soundness"
  | "continuity"
  | "valid on return"
  | "fencing order"
  | "told in time"
  | "rollback is final"
  | "repair is no revival"
  | "no orphan"
  | "no sleeping waiter"
  | "gives up in time"
  | "progress"
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
  | { readonly kind: "kill process"; readonly process: number }
  | { readonly kind: "step process clock"; readonly process: number; readonly byMs: number };

/** A fault, and when it begins and heals, in true time. */
export interface PlannedFault {
  readonly atMs: number;
  readonly durationMs: number;
  readonly fault: Fault;
}

/** How the callers use the lock. Probabilities are per lock or per call. */
export interface Habits {
  readonly resources: readonly string[];
  readonly severalProbability: number;
  readonly ttlsMs: readonly number[];
  readonly waitsMs: readonly number[];
  readonly meanThinkMs: number;
  /** How long a lock is kept, as multiples of its TTL. */
  readonly holds: readonly number[];
  readonly extendProbability: number;
  readonly autoExtendProbability: number;
  readonly usingProbability: number;
  readonly tryProbability: number;
  readonly abortProbability: number;
  /** The holder never releases, and the lock ends by its TTL. */
  readonly forgetProbability: number;
  readonly adoptProbability: number;
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
  /** Then all is quiet, and nobody begins anything new. */
  readonly quietMs: number;
  readonly latency: Latency;
  readonly client: ClientSettings;
  readonly interruptions: Interruptions | undefined;
  readonly options: RedlockOptions;
  readonly habits: Habits;
  readonly faults: readonly PlannedFault[];
  readonly oracles: readonly OracleName[];
  /** With a majority reachable and the lock free, nobody waits longer than this. */
  readonly longestSleepMs: number;
}
