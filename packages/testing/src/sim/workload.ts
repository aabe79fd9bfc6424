/**
 * One user of the lock: takes it, works, extends, gives it back, forgets it, changes its mind; by the habits of the
 * plan and its own dice. What it does is recorded in true time and told to the judge at once.
 */
import { type HandedOverLock, type Lock, QuorumUnavailableError, type Redlock, RedlockError } from "@quorate/redlock";

import { Claim } from "./oracle/claim.ts";
import type { Habits } from "./plan.ts";
import type { Prng } from "./prng.ts";
import type { SimProcess } from "./process.ts";
import { createSimRuntime } from "./runtime.ts";
import { drawWish, type Wish } from "./wish.ts";
import type { World } from "./world.ts";

/** One call of acquire that has not settled yet. */
export interface PendingCall {
  readonly resources: readonly string[];
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly calledAtMs: number;
  /** When its signal aborted. */
  abortedAtMs?: number;
}

export class Caller {
  readonly name: string;
  readonly process: SimProcess;
  pending: PendingCall | undefined;
  readonly #world: World;
  readonly #redlock: Redlock;
  readonly #prng: Prng;
  readonly #habits: Habits;
  #attempts = 0;

  constructor(world: World, process: SimProcess, redlock: Redlock, name: string) {
    this.#world = world;
    this.process = process;
    this.#redlock = redlock;
    this.name = name;
    this.#prng = world.prng.fork(name);
    this.#habits = world.plan.habits;
  }

  start(): void {
    this.process.scheduler.after(this.#prng.between(0, 50), () => this.process.enter(() => void this.#live()));
  }

  async #live(): Promise<void> {
    try {
      while (!this.#world.isQuiet) {
        await this.#useOnce();
        await this.#sleep(this.#prng.exponential(this.#habits.meanThinkMs));
      }
    } catch (error) {
      this.#world.judge.threw(error);
    }
  }

  async #useOnce(): Promise<void> {
    const wish = drawWish(this.#prng, this.#habits);
    const controller = this.#prng.chance(this.#habits.abortProbability) ? new AbortController() : undefined;
    const signal = controller?.signal;
    const calledAtMs = this.process.scheduler.nowMs;
    const attempt = this.#beginAttempt(wish, calledAtMs);
    if (controller !== undefined) this.#changeMindLater(controller);
    const isUsing = this.#prng.chance(this.#habits.usingProbability);
    try {
      if (isUsing) {
        await this.#redlock.using(wish.resources, wish.ttlMs, { waitMs: wish.waitMs, signal }, async (_, lock) =>
          this.#released(await this.#heldThrough(this.#won(lock, attempt, calledAtMs), attempt), attempt),
        );
        return;
      }
      const lock = await this.#take(wish, signal);
      if (lock === null) this.#refused(attempt, wish, "held");
      else await this.#end(await this.#heldThrough(this.#won(lock, attempt, calledAtMs), attempt), attempt, wish);
    } catch (error) {
      this.#failed(error, attempt, wish);
    } finally {
      this.#settle();
    }
  }

  #changeMindLater(controller: AbortController): void {
    const { pending } = this;
    this.#later(this.#prng.exponential(100), () => {
      if (pending !== undefined) pending.abortedAtMs = this.process.scheduler.nowMs;
      controller.abort(new ChangedMind());
    });
  }

  /** The call has ended, with a lock or without. */
  #settle(): void {
    const { pending } = this;
    if (pending === undefined) return;
    this.pending = undefined;
    this.#world.judge.waiting.settled(this.name, pending, this.process.scheduler.nowMs);
  }

  #take(wish: Wish, signal: AbortSignal | undefined): Promise<Lock | null> {
    const { resources, ttlMs, waitMs, autoExtend } = wish;
    return waitMs === 0 && this.#prng.chance(this.#habits.tryProbability)
      ? this.#redlock.tryAcquire(resources, ttlMs, { autoExtend, signal })
      : this.#redlock.acquire(resources, ttlMs, { waitMs, autoExtend, signal });
  }

  #beginAttempt(wish: Wish, calledAtMs: number): string {
    this.#attempts += 1;
    const attempt = `${this.name}#${this.#attempts}`;
    const { resources, ttlMs, waitMs } = wish;
    this.pending = { resources, ttlMs, waitMs, calledAtMs };
    this.#world.record({ kind: "attempted", ...this.#world.now(), holder: this.name, attempt, resources });
    return attempt;
  }

  #won(lock: Lock, attempt: string, calledAtMs: number): Claim {
    this.#settle();
    const { scheduler } = this.process;
    const claim = new Claim(this.process, lock, calledAtMs, scheduler.nowMs);
    lock.signal.addEventListener("abort", () => this.#lost(claim, attempt), { once: true });
    this.#record("granted", claim, attempt);
    this.#world.judge.granted(claim);
    return claim;
  }

  async #heldThrough(claim: Claim, attempt: string): Promise<Claim> {
    await this.#hold(claim, attempt);
    return claim;
  }

  /** Works for a while, looking at the lock now and then. */
  async #hold(claim: Claim, attempt: string): Promise<void> {
    const { lock } = claim;
    const habits = this.#habits;
    const holdMs = this.#prng.pick(habits.holds) * lock.ttlMs * this.#prng.next();
    let leftMs = holdMs;
    while (leftMs > 0 && !this.#world.isQuiet && !lock.signal.aborted) {
      const stepMs = Math.min(leftMs, this.#prng.between(0.1, 0.6) * Math.min(holdMs, lock.ttlMs));
      await this.#sleep(stepMs);
      leftMs -= stepMs;
      if (lock.isHeld()) this.#world.judge.seenHeld(claim);
      if (leftMs > 0 && this.#prng.chance(habits.extendProbability)) await this.#extend(claim, attempt);
    }
  }

  async #extend(claim: Claim, attempt: string): Promise<void> {
    const ttlMs = this.#prng.chance(0.5) ? claim.lock.ttlMs : this.#prng.pick(this.#habits.ttlsMs);
    const extending = claim.lock.extend(ttlMs);
    if (this.#prng.chance(0.1)) {
      // The other way round too: a release that overtakes the extend's replies.
      extending.catch(() => {});
      return;
    }
    try {
      await extending;
      this.#record("extended", claim, attempt);
      this.#world.judge.extended(claim);
    } catch (error) {
      this.#expectKnown(error);
    }
  }

  async #end(claim: Claim, attempt: string, wish: Wish): Promise<void> {
    // A lock that is kept alive and forgotten would stay for ever, as it should.
    if (!wish.autoExtend && this.#prng.chance(this.#habits.forgetProbability)) return;
    if (this.#prng.chance(this.#habits.adoptProbability)) return await this.#handOver(claim, attempt);
    await this.#release(claim, attempt);
  }

  async #release(claim: Claim, attempt: string): Promise<void> {
    this.#released(claim, attempt);
    const releasing = claim.lock.release();
    if (this.#prng.chance(0.3)) releasing.catch((error: unknown) => this.#expectKnown(error));
    else await releasing.catch((error: unknown) => this.#expectKnown(error));
  }

  /** To another handle of the same lock. */
  async #handOver(claim: Claim, attempt: string): Promise<void> {
    this.#world.judge.handedOver(claim);
    try {
      const handed = claim.lock.handOver();
      const adopted = await this.#adopt(handed);
      await this.#sleep(this.#prng.pick(this.#habits.holds) * handed.ttlMs * this.#prng.next());
      this.#released(claim, attempt);
      await adopted.release();
    } catch (error) {
      this.#expectKnown(error);
    }
    if (claim.lock.toJSON().state !== "handed-over") await this.#release(claim, attempt);
  }

  /** As an app would: what could not be adopted would else be held by nobody until its TTL. */
  async #adopt(handed: HandedOverLock): Promise<Lock> {
    for (;;) {
      try {
        return await this.#redlock.adopt(handed, { autoExtend: false });
      } catch (error) {
        if (!(error instanceof QuorumUnavailableError)) throw error;
        await this.#sleep(200);
      }
    }
  }

  #released(claim: Claim, attempt: string): void {
    if (claim.releasedAtMs !== undefined) return;
    if (!claim.hasEnded) this.#record("released", claim, attempt);
    claim.releasedAtMs = this.process.scheduler.nowMs;
  }

  #lost(claim: Claim, attempt: string): void {
    this.#record("lost", claim, attempt);
    claim.toldAtMs = this.process.scheduler.nowMs;
  }

  #refused(attempt: string, wish: Wish, reason: string): void {
    this.#world.judge.refusedCount += 1;
    const { resources } = wish;
    this.#world.record({ kind: "refused", ...this.#world.now(), holder: this.name, attempt, resources, reason });
  }

  #failed(error: unknown, attempt: string, wish: Wish): void {
    this.#expectKnown(error);
    this.#refused(attempt, wish, error instanceof RedlockError ? error.code : String(error));
  }

  #expectKnown(error: unknown): void {
    if (error instanceof RedlockError || error instanceof ChangedMind) return;
    this.#world.judge.threw(error);
  }

  #record(kind: "granted" | "extended" | "lost" | "released", claim: Claim, attempt: string): void {
    const { lock, token, fencingToken, resources } = claim;
    const moment = this.#world.now();
    const validUntilMs = moment.monotonicMs + Math.max(0, claim.trueRemainingMs);
    const event = { ...moment, holder: this.name, attempt, resources, token, fencingToken, validUntilMs };
    if (kind === "granted" || kind === "extended") this.#world.record({ kind, ...event, ttlMs: lock.ttlMs });
    else this.#world.record({ kind, ...event });
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#later(delayMs, resolve));
  }

  #later(delayMs: number, callback: () => void): void {
    createSimRuntime(this.process).startTimer(delayMs, callback);
  }
}

/** A caller's own reason to stop waiting. */
class ChangedMind extends Error {}
