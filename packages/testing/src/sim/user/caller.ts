/**
 * One user of the lock, by the habits of the plan and its own dice. What it does is recorded in true time and told to the
 * judge at once. How it takes locks is in taker.ts, what it does while it holds one in holder.ts.
 */
import { type Lock, type Redlock, RedlockError } from "@quorate/redlock";

import { Claim } from "../oracle/claim.ts";
import type { Habits } from "../plan.ts";
import type { Prng } from "../prng.ts";
import type { SimProcess } from "../process.ts";
import { createSimRuntime } from "../runtime.ts";
import { takeAllAtOnce } from "./burst.ts";
import type { PendingCall } from "./pending-call.ts";
import { Taker } from "./taker.ts";
import { ChangedMind, type Surroundings, type User } from "./user.ts";
import { defaultTimeoutMs, Taste, type Wish } from "./wish.ts";

export class Caller implements User {
  readonly name: string;
  readonly process: SimProcess;
  readonly redlock: Redlock;
  readonly world: Surroundings;
  readonly prng: Prng;
  pending: PendingCall | undefined;
  grantedCount = 0;
  /** It has begun something that is not over yet. */
  isBusy = false;
  readonly #habits: Habits;
  readonly #taste: Taste;
  readonly #taker: Taker;
  /** By the name of the attempt. */
  readonly #held = new Map<Claim, string>();
  #attempts = 0;
  #isRetired = false;

  constructor(world: Surroundings, process: SimProcess, redlock: Redlock, name: string) {
    this.world = world;
    this.process = process;
    this.redlock = redlock;
    this.name = name;
    this.prng = world.prng.fork(name);
    this.#habits = world.plan.habits;
    this.#taste = new Taste(this.prng, this.#habits, Number(process.name.slice(1)));
    this.#taker = new Taker(this, this.#habits, this.#taste);
  }

  start(): void {
    this.process.scheduler.after(this.prng.between(0, 50), () => this.process.enter(() => void this.#live()));
  }

  async #live(): Promise<void> {
    try {
      if (this.#habits.burstCount > 0 && this.process.name === "p0")
        await this.#busily(() => takeAllAtOnce(this, this.#habits.burstCount));
      else await this.#useAgainAndAgain();
    } catch (error) {
      this.world.judge.threw(error);
    }
  }

  /** Its Redlock is closed now: all that it holds is given back. */
  retire(): void {
    this.#isRetired = true;
    for (const [claim, attempt] of this.#held) this.ended(claim, attempt);
  }

  async #useAgainAndAgain(): Promise<void> {
    while (!this.world.isQuiet && !this.#isRetired) {
      await this.#busily(() => this.#taker.use());
      await this.sleep(this.prng.exponential(this.#habits.meanThinkMs));
    }
  }

  async #busily(work: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    await work();
    this.isBusy = false;
  }

  useMore(held: readonly string[]): Promise<void> {
    return this.#taker.useMore(held);
  }

  settle(call: PendingCall): void {
    if (this.pending !== call) return;
    this.pending = undefined;
    this.world.judge.waiting.settled(this.name, call, this.process.scheduler.nowMs);
  }

  beginAttempt({ resources, beside, ttlMs, waitMs, nodeTimeoutMs = defaultTimeoutMs(ttlMs) }: Wish): string {
    this.#attempts += 1;
    const attempt = `${this.name}#${this.#attempts}`;
    const calledAtMs = this.process.scheduler.nowMs;
    this.pending = { resources, beside, ttlMs, waitMs, nodeTimeoutMs, calledAtMs, overtakenCount: 0 };
    this.world.record({ kind: "attempted", ...this.world.now(), holder: this.name, attempt, resources });
    return attempt;
  }

  won(lock: Lock, attempt: string, call: PendingCall, isRenewed: boolean): Claim {
    this.settle(call);
    const claim = this.claim(lock, attempt, call);
    claim.isRenewed = isRenewed;
    claim.roundMs = call.nodeTimeoutMs;
    this.grantedCount += 1;
    this.record("granted", claim, attempt);
    this.world.judge.granted(claim, call, this.world.callers());
    return claim;
  }

  claim(lock: Lock, attempt: string, asked: Pick<PendingCall, "calledAtMs" | "beside">): Claim {
    const claim = new Claim(this.process, lock, asked, this.process.scheduler.nowMs);
    // Of a lock that lives for a few milliseconds, the loss may come before anybody can listen.
    if (lock.signal.aborted) claim.toldAtMs = this.process.scheduler.nowMs;
    this.#held.set(claim, attempt);
    lock.signal.addEventListener("abort", () => this.#lost(claim, attempt), { once: true });
    return claim;
  }

  ended(claim: Claim, attempt: string): void {
    this.#held.delete(claim);
    if (claim.releasedAtMs !== undefined) return;
    if (!claim.hasEnded) this.record("released", claim, attempt);
    claim.releasedAtMs = this.process.scheduler.nowMs;
  }

  #lost(claim: Claim, attempt: string): void {
    if (claim.hasEnded) return;
    this.record("lost", claim, attempt);
    this.world.judge.lost(claim);
    claim.toldAtMs = this.process.scheduler.nowMs;
  }

  refused(attempt: string, resources: readonly string[], reason: string): void {
    this.world.judge.refusedCount += 1;
    this.world.record({ kind: "refused", ...this.world.now(), holder: this.name, attempt, resources, reason });
  }

  failed(error: unknown, attempt: string, call: PendingCall): void {
    if (error instanceof RangeError) this.#taste.shorten(this.world.plan.options.fenceRetentionMs);
    else this.expectKnown(error);
    if (error instanceof RedlockError && !this.#isBehindOwn(call)) this.world.judge.refused(call, this.process, error);
    this.refused(attempt, call.resources, error instanceof RedlockError ? error.code : String(error));
  }

  /** In its process's own line: then what it was told happened to another call, which may have been made long before. */
  #isBehindOwn({ resources, calledAtMs }: PendingCall): boolean {
    const isSame = (other: readonly string[]): boolean => other.some((resource) => resources.includes(resource));
    const own = this.world.callers().filter((other) => other !== this && other.process === this.process);
    const isWaiting = own.some(
      ({ pending }) => pending && pending.calledAtMs <= calledAtMs && isSame(pending.resources),
    );
    return isWaiting || this.world.judge.ledger.hasOpen(this.process, resources);
  }

  expectKnown(error: unknown): void {
    if (error instanceof RedlockError || error instanceof ChangedMind) return;
    this.world.judge.threw(error);
  }

  record(kind: "granted" | "extended" | "lost" | "released", claim: Claim, attempt: string): void {
    const { lock, token, fencingToken, resources } = claim;
    const moment = this.world.now();
    const validUntilMs = moment.monotonicMs + Math.max(0, claim.trueRemainingMs);
    const event = { ...moment, holder: this.name, attempt, resources, token, fencingToken, validUntilMs };
    if (kind === "granted" || kind === "extended") this.world.record({ kind, ...event, ttlMs: lock.ttlMs });
    else this.world.record({ kind, ...event });
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.later(delayMs, resolve));
  }

  later(delayMs: number, callback: () => void): void {
    createSimRuntime(this.process).startTimer(delayMs, callback);
  }
}
