/** One user of the lock, as what it does and what it is part of see it. */
import type { Lock, Redlock } from "@quorate/redlock";

import type { HistoryEvent, Moment } from "../../history/event.ts";
import type { Claim } from "../oracle/claim.ts";
import type { Judge } from "../oracle/judge.ts";
import type { Plan } from "../plan.ts";
import type { Prng } from "../prng.ts";
import type { SimProcess } from "../process.ts";
import type { Asker, PendingCall } from "./pending-call.ts";
import type { Wish } from "./wish.ts";

/** The world that users live in. */
export interface Surroundings {
  readonly plan: Plan;
  readonly prng: Prng;
  readonly judge: Judge;
  /** All faults are over, and nothing new is begun. */
  readonly isQuiet: boolean;
  /** Of all processes that run. */
  callers(): readonly User[];
  record(event: HistoryEvent): void;
  now(): Moment;
}

/** A caller's own reason to stop waiting. */
export class ChangedMind extends Error {}

export interface User extends Asker {
  readonly process: SimProcess;
  readonly redlock: Redlock;
  readonly world: Surroundings;
  readonly prng: Prng;
  pending: PendingCall | undefined;
  /** The name of the attempt, for the history. */
  beginAttempt(wish: Wish): string;
  /** An acquire has won. `isRenewed`: what it won is kept alive. */
  won(lock: Lock, attempt: string, call: PendingCall, isRenewed: boolean): Claim;
  refused(attempt: string, resources: readonly string[], reason: string): void;
  /** The call has ended, with a lock or without. */
  settle(call: PendingCall): void;
  /** Asks for more while it holds, in an order that all keep to. */
  useMore(held: readonly string[]): Promise<void>;
  /** A lock of this user, which is told of its loss. */
  claim(lock: Lock, attempt: string, asked: Pick<PendingCall, "beside" | "calledAtMs">): Claim;
  /** From now on it does not believe in it any more. */
  ended(claim: Claim, attempt: string): void;
  failed(error: unknown, attempt: string, call: PendingCall): void;
  expectKnown(error: unknown): void;
  record(kind: "granted" | "extended" | "lost" | "released", claim: Claim, attempt: string): void;
  sleep(delayMs: number): Promise<void>;
  later(delayMs: number, callback: () => void): void;
}
