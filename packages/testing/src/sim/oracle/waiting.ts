/**
 * Nobody who waits sleeps on while what it waits for has long been free, and nobody waits longer than it said.
 *
 * A lost wake-up does not break anything: the back-off ends some time. That is why it has to be looked for.
 */
import type { Plan } from "../plan.ts";
import type { SimServer } from "../server.ts";
import type { Caller, PendingCall } from "../workload.ts";
import type { Verdicts } from "./ledger.ts";

/** How often the world is looked at. */
export const LOOK_EVERY_MS = 50;

const SLACK_MS = 100;

export class WaitingOracle {
  readonly #plan: Plan;
  readonly #servers: readonly SimServer[];
  readonly #verdicts: Verdicts;
  /** Since when no node has had a lock key. */
  #freeSinceMs: number | undefined;

  constructor(plan: Plan, servers: readonly SimServer[], verdicts: Verdicts) {
    this.#plan = plan;
    this.#servers = servers;
    this.#verdicts = verdicts;
  }

  get isArmed(): boolean {
    return this.#verdicts.isArmed("no sleeping waiter");
  }

  look(nowMs: number, callers: readonly Caller[]): void {
    // Whoever waits for several resources keeps those behind it waiting for each, so all have to be free.
    const isFree = this.#plan.habits.resources.every((resource) => this.#isFree(resource));
    if (!isFree) this.#freeSinceMs = undefined;
    else this.#freeSinceMs ??= nowMs;
    for (const { name, pending } of callers) {
      if (pending === undefined) continue;
      const sinceMs = Math.max(pending.calledAtMs, this.#freeSinceMs ?? nowMs);
      if (nowMs - sinceMs < this.#plan.longestSleepMs) continue;
      this.#verdicts.report("no sleeping waiter", `${name} sleeps, and everything has been free since ${sinceMs}`);
    }
  }

  /** An acquire was settled, either way. */
  settled(name: string, { calledAtMs, abortedAtMs, waitMs, ttlMs }: PendingCall, nowMs: number): void {
    const { nodeTimeoutMs = Math.min(1000, Math.max(50, ttlMs / 20)) } = this.#plan.options;
    // The last round and its rollback may still be under way.
    const graceMs = 3 * nodeTimeoutMs + SLACK_MS;
    const waitedMs = nowMs - calledAtMs;
    if (waitedMs > waitMs * 1.01 + graceMs) {
      this.#verdicts.report("gives up in time", `${name} waited ${waitedMs.toFixed(0)} ms, asked for ${waitMs}`);
    }
    if (abortedAtMs === undefined || nowMs - abortedAtMs <= graceMs) return;
    const lateMs = (nowMs - abortedAtMs).toFixed(0);
    this.#verdicts.report("gives up in time", `${name} waited for ${lateMs} ms after its signal had aborted`);
  }

  #isFree(resource: string): boolean {
    const key = (this.#plan.options.keyPrefix ?? "") + resource;
    return this.#servers.every(({ clocks, model }) => model.keyspace.get(key, Math.floor(clocks.wallMs)) === undefined);
  }
}
