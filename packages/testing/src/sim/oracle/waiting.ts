/**
 * Nobody who waits sleeps on while what it waits for has long been free, and nobody waits longer than it said.
 *
 * A lost wake-up does not break anything: the back-off ends some time. That is why it has to be looked for.
 */
import type { Plan } from "../plan.ts";
import type { SimServer } from "../server.ts";
import type { Asker, PendingCall } from "../user/pending-call.ts";
import type { Ledger, Verdicts } from "./ledger.ts";
import { isOpenTo } from "./openness.ts";
import { lookForStrays } from "./strays.ts";

/** How often the world is looked at. */
export const LOOK_EVERY_MS = 50;

const SLACK_MS = 100;

export class WaitingOracle {
  readonly #plan: Plan;
  readonly #servers: readonly SimServer[];
  readonly #verdicts: Verdicts;
  /** Since when no node has had a lock key. */
  #freeSinceMs: number | undefined;
  /** Since when no node has had a key of one resource. */
  readonly #freeSinceByResource = new Map<string, number>();
  /** Since when each call could have had what it wants. */
  readonly #openSinceMs = new Map<PendingCall, number>();
  readonly #ledger: Ledger;

  constructor(plan: Plan, servers: readonly SimServer[], verdicts: Verdicts, ledger: Ledger) {
    this.#plan = plan;
    this.#servers = servers;
    this.#verdicts = verdicts;
    this.#ledger = ledger;
  }

  get isArmed(): boolean {
    return this.#verdicts.isArmed("no sleeping waiter") || this.#verdicts.isArmed("no deadlock");
  }

  look(nowMs: number, callers: readonly Asker[]): void {
    for (const resource of this.#plan.habits.resources) {
      if (!this.#isFree(resource)) this.#freeSinceByResource.delete(resource);
      else if (!this.#freeSinceByResource.has(resource)) this.#freeSinceByResource.set(resource, nowMs);
    }
    const isFree = this.#freeSinceByResource.size === this.#plan.habits.resources.length;
    if (!isFree) this.#freeSinceMs = undefined;
    else this.#freeSinceMs ??= nowMs;
    if (this.#plan.habits.modes.length > 0) this.#lookAtThoseBeside(nowMs, callers);
    for (const { name, pending } of callers) {
      if (pending === undefined) continue;
      this.#lookAtOne(name, pending, nowMs);
      const sinceMs = Math.max(pending.calledAtMs, this.#freeSinceMs ?? nowMs);
      if (nowMs - sinceMs < this.#plan.longestSleepMs) continue;
      this.#verdicts.report("no sleeping waiter", `${name} sleeps, and everything has been free since ${sinceMs}`);
    }
  }

  /** Not everything has to be free for them. */
  #lookAtThoseBeside(nowMs: number, callers: readonly Asker[]): void {
    const pending = callers.flatMap((caller) => caller.pending ?? []);
    const around = { servers: this.#servers, ledger: this.#ledger, keyPrefix: this.#plan.options.keyPrefix ?? "" };
    lookForStrays(this.#plan.habits.resources, { ...around, nowMs }, this.#verdicts);
    for (const { name, pending: call } of callers) {
      if (call === undefined) continue;
      if (!isOpenTo(call, pending, around)) {
        this.#openSinceMs.delete(call);
        continue;
      }
      const sinceMs = this.#openSinceMs.get(call) ?? nowMs;
      this.#openSinceMs.set(call, sinceMs);
      if (nowMs - sinceMs < this.#plan.longestSleepMs) continue;
      const wanted = `${call.resources.join("+")} ${JSON.stringify(call.beside ?? "alone")}`;
      this.#verdicts.report(
        "no sleeping waiter",
        `${name} sleeps, and could have had ${wanted} since ${sinceMs.toFixed(0)}`,
      );
    }
  }

  /** All that it wants is free: whoever is before it in line could go on, or has to let it go on. */
  #lookAtOne(name: string, { resources, calledAtMs }: PendingCall, nowMs: number): void {
    const freeSinceMs = Math.max(...resources.map((resource) => this.#freeSinceByResource.get(resource) ?? nowMs));
    if (nowMs - Math.max(calledAtMs, freeSinceMs) < this.#plan.longestSleepMs) return;
    this.#verdicts.report(
      "no deadlock",
      `${name} waits for ${resources.join("+")}, which nobody has had since ${freeSinceMs.toFixed(0)}`,
    );
  }

  /** An acquire was settled, either way. */
  settled(name: string, { calledAtMs, abortedAtMs, waitMs, nodeTimeoutMs }: PendingCall, nowMs: number): void {
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

  /** When all has been quiet for a while. */
  atTheEnd(callers: readonly Asker[]): void {
    for (const { name, pending, process } of callers) {
      if (pending === undefined || process.isKilled) continue;
      const wanted = pending.resources.join("+");
      this.#verdicts.report("progress", `${name} still waits for ${wanted}, asked at ${pending.calledAtMs}`);
    }
  }

  cannotBeHad(failures: readonly string[]): void {
    for (const failure of failures) this.#verdicts.report("progress", failure);
  }

  #isFree(resource: string): boolean {
    const key = (this.#plan.options.keyPrefix ?? "") + resource;
    return this.#servers.every(({ clocks, model }) => model.keyspace.get(key, Math.floor(clocks.wallMs)) === undefined);
  }
}
