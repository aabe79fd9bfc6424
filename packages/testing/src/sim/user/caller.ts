/**
 * One user of the lock: takes it, works, gives it back, forgets it, changes its mind; by the habits of the plan and its
 * own dice. What it does is recorded in true time and told to the judge at once. What it does while it holds is in
 * holder.ts.
 */
import { type Lock, type Redlock, RedlockError } from "@quorate/redlock";

import { Claim } from "../oracle/claim.ts";
import type { Habits } from "../plan.ts";
import type { Prng } from "../prng.ts";
import type { SimProcess } from "../process.ts";
import { createSimRuntime } from "../runtime.ts";
import { takeAllAtOnce } from "./burst.ts";
import { Holder } from "./holder.ts";
import type { PendingCall } from "./pending-call.ts";
import type { Surroundings, User } from "./user.ts";
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
  readonly #holder: Holder;
  #attempts = 0;

  constructor(world: Surroundings, process: SimProcess, redlock: Redlock, name: string) {
    this.world = world;
    this.process = process;
    this.redlock = redlock;
    this.name = name;
    this.prng = world.prng.fork(name);
    this.#habits = world.plan.habits;
    this.#taste = new Taste(this.prng, this.#habits, Number(process.name.slice(1)));
    this.#holder = new Holder(this, this.#habits);
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

  async #useAgainAndAgain(): Promise<void> {
    while (!this.world.isQuiet) {
      await this.#busily(() => this.use(this.#taste.draw()));
      await this.sleep(this.prng.exponential(this.#habits.meanThinkMs));
    }
  }

  async #busily(work: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    await work();
    this.isBusy = false;
  }

  /** Asks for more while it holds, in an order that all keep to. */
  async useMore(held: readonly string[]): Promise<void> {
    const highest = held.toSorted().at(-1) ?? "";
    if (this.#habits.resources.some((resource) => resource > highest)) await this.use(this.#taste.draw(highest));
  }

  async use(wish: Wish): Promise<void> {
    const controller = this.prng.chance(this.#habits.abortProbability) ? new AbortController() : undefined;
    const signal = controller?.signal;
    const attempt = this.beginAttempt(wish);
    const call = this.pending!;
    if (controller !== undefined) this.#changeMindLater(controller);
    const isUsing = this.prng.chance(this.#habits.usingProbability);
    try {
      if (isUsing) await this.#useWithin(wish, signal, attempt, call);
      else await this.#useByHand(wish, signal, attempt, call);
    } catch (error) {
      this.failed(error, attempt, call);
    } finally {
      this.#settle(call);
    }
  }

  async #useWithin(wish: Wish, signal: AbortSignal | undefined, attempt: string, call: PendingCall): Promise<void> {
    const { waitMs, nodeTimeoutMs } = wish;
    const reentrant = this.#habits.reentryProbability > 0;
    const options = { waitMs, nodeTimeoutMs, signal, reentrant, ...wish.beside };
    await this.redlock.using(wish.resources, wish.ttlMs, options, async (_, lock) => {
      const claim = this.#won(lock, attempt, call, true);
      await this.#holder.work(claim, attempt);
      if (!claim.isGivenAway) this.ended(claim, attempt);
    });
  }

  async #useByHand(wish: Wish, signal: AbortSignal | undefined, attempt: string, call: PendingCall): Promise<void> {
    const lock = await this.#take(wish, signal);
    if (lock === null) {
      this.refused(attempt, wish.resources, "held");
      return;
    }
    const claim = this.#won(lock, attempt, call, wish.autoExtend);
    await this.#holder.work(claim, attempt);
    // A lock that is kept alive and forgotten would stay for ever, as it should.
    if (!claim.isGivenAway && !wish.autoExtend && this.prng.chance(this.#habits.forgetProbability)) return;
    await this.#holder.release(claim, attempt);
  }

  #changeMindLater(controller: AbortController): void {
    const { pending } = this;
    this.later(this.prng.exponential(100), () => {
      if (pending !== undefined) pending.abortedAtMs = this.process.scheduler.nowMs;
      controller.abort(new ChangedMind());
    });
  }

  /** The call has ended, with a lock or without. */
  #settle(call: PendingCall): void {
    if (this.pending !== call) return;
    this.pending = undefined;
    this.world.judge.waiting.settled(this.name, call, this.process.scheduler.nowMs);
  }

  #take(wish: Wish, signal: AbortSignal | undefined): Promise<Lock | null> {
    const { resources, ttlMs, waitMs, nodeTimeoutMs, autoExtend, beside } = wish;
    return waitMs === 0 && this.prng.chance(this.#habits.tryProbability)
      ? this.redlock.tryAcquire(resources, ttlMs, { autoExtend, nodeTimeoutMs, signal, ...beside })
      : this.redlock.acquire(resources, ttlMs, { waitMs, autoExtend, nodeTimeoutMs, signal, ...beside });
  }

  /** The name of the attempt, for the history. */
  beginAttempt({ resources, beside, ttlMs, waitMs, nodeTimeoutMs = defaultTimeoutMs(ttlMs) }: Wish): string {
    this.#attempts += 1;
    const attempt = `${this.name}#${this.#attempts}`;
    const calledAtMs = this.process.scheduler.nowMs;
    this.pending = { resources, beside, ttlMs, waitMs, nodeTimeoutMs, calledAtMs, overtakenCount: 0 };
    this.world.record({ kind: "attempted", ...this.world.now(), holder: this.name, attempt, resources });
    return attempt;
  }

  #won(lock: Lock, attempt: string, call: PendingCall, isRenewed: boolean): Claim {
    this.#settle(call);
    const claim = this.claim(lock, attempt, call);
    claim.isRenewed = isRenewed;
    claim.roundMs = call.nodeTimeoutMs;
    this.grantedCount += 1;
    this.record("granted", claim, attempt);
    this.world.judge.granted(claim, call, this.world.callers());
    return claim;
  }

  /** A lock of this caller, which is told of its loss. */
  claim(lock: Lock, attempt: string, asked: Pick<PendingCall, "calledAtMs" | "beside">): Claim {
    const claim = new Claim(this.process, lock, asked, this.process.scheduler.nowMs);
    // Of a lock that lives for a few milliseconds, the loss may come before anybody can listen.
    if (lock.signal.aborted) claim.toldAtMs = this.process.scheduler.nowMs;
    lock.signal.addEventListener("abort", () => this.#lost(claim, attempt), { once: true });
    return claim;
  }

  /** From now on the holder does not believe in it any more. */
  ended(claim: Claim, attempt: string): void {
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
    if (error instanceof RangeError) this.#adjust();
    else this.expectKnown(error);
    if (error instanceof RedlockError && !this.#isBehindOwn(call)) this.world.judge.refused(call, this.process, error);
    this.refused(attempt, call.resources, error instanceof RedlockError ? error.code : String(error));
  }

  /** Options that do not go together are refused: a round may not outlast the memory of the fences. */
  #adjust(): void {
    const { fenceRetentionMs = Infinity } = this.world.plan.options;
    if ((this.#taste.nodeTimeoutMs ?? Infinity) <= fenceRetentionMs)
      throw new Error("options that go together were refused");
    this.#taste.nodeTimeoutMs = fenceRetentionMs;
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

/** A caller's own reason to stop waiting. */
class ChangedMind extends Error {}
