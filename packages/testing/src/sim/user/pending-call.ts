import type { SimProcess } from "../process.ts";
import type { Beside } from "./beside.ts";

/** One call of acquire that has not settled yet. */
export interface PendingCall {
  readonly resources: readonly string[];
  readonly beside: Beside | undefined;
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly nodeTimeoutMs: number;
  readonly calledAtMs: number;
  /** When its signal aborted. */
  abortedAtMs?: number;
  /** How many that asked later were served before. */
  overtakenCount: number;
}

/** A caller, as the oracles see it. */
export interface Asker {
  readonly name: string;
  readonly process: SimProcess;
  readonly pending: PendingCall | undefined;
  readonly grantedCount: number;
}
