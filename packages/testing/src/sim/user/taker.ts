/** How a caller takes locks: by which method, for how long it asks, when it changes its mind, and whether it gives back. */
import type { Lock } from "@quorate/redlock";

import type { Habits } from "../plan.ts";
import { Holder } from "./holder.ts";
import type { PendingCall } from "./pending-call.ts";
import { ChangedMind, type User } from "./user.ts";
import type { Taste, Wish } from "./wish.ts";

export class Taker {
  readonly #caller: User;
  readonly #habits: Habits;
  readonly #taste: Taste;
  readonly #holder: Holder;

  constructor(caller: User, habits: Habits, taste: Taste) {
    this.#caller = caller;
    this.#habits = habits;
    this.#taste = taste;
    this.#holder = new Holder(caller, habits);
  }

  /** `above`: only resources that come after this one. */
  async use(above: string = ""): Promise<void> {
    const { prng } = this.#caller;
    const wish = this.#taste.draw(above);
    const controller = prng.chance(this.#habits.abortProbability) ? new AbortController() : undefined;
    const signal = controller?.signal;
    const attempt = this.#caller.beginAttempt(wish);
    const call = this.#caller.pending!;
    if (controller !== undefined) this.#changeMindLater(controller);
    const isUsing = prng.chance(this.#habits.usingProbability);
    try {
      if (isUsing) await this.#useWithin(wish, signal, attempt, call);
      else await this.#useByHand(wish, signal, attempt, call);
    } catch (error) {
      this.#caller.failed(error, attempt, call);
    } finally {
      this.#caller.settle(call);
    }
  }

  /** Asks for more while it holds, in an order that all keep to. */
  async useMore(held: readonly string[]): Promise<void> {
    const highest = held.toSorted().at(-1) ?? "";
    if (this.#habits.resources.some((resource) => resource > highest)) await this.use(highest);
  }

  async #useWithin(wish: Wish, signal: AbortSignal | undefined, attempt: string, call: PendingCall): Promise<void> {
    const { waitMs, nodeTimeoutMs } = wish;
    const reentrant = this.#habits.reentryProbability > 0;
    const options = { waitMs, nodeTimeoutMs, signal, reentrant, ...wish.beside };
    await this.#caller.redlock.using(wish.resources, wish.ttlMs, options, async (_, lock) => {
      const claim = this.#caller.won(lock, attempt, call, true);
      await this.#holder.work(claim, attempt);
      if (!claim.isGivenAway) this.#caller.ended(claim, attempt);
    });
  }

  async #useByHand(wish: Wish, signal: AbortSignal | undefined, attempt: string, call: PendingCall): Promise<void> {
    const lock = await this.#take(wish, signal);
    if (lock === null) {
      this.#caller.refused(attempt, wish.resources, "held");
      return;
    }
    const claim = this.#caller.won(lock, attempt, call, wish.autoExtend);
    await this.#holder.work(claim, attempt);
    // A lock that is kept alive and forgotten would stay for ever, as it should.
    if (!claim.isGivenAway && !wish.autoExtend && this.#caller.prng.chance(this.#habits.forgetProbability)) return;
    await this.#holder.release(claim, attempt);
  }

  #changeMindLater(controller: AbortController): void {
    const { pending, prng, process } = this.#caller;
    this.#caller.later(prng.exponential(100), () => {
      if (pending !== undefined) pending.abortedAtMs = process.scheduler.nowMs;
      controller.abort(new ChangedMind());
    });
  }

  #take(wish: Wish, signal: AbortSignal | undefined): Promise<Lock | null> {
    const { resources, ttlMs, waitMs, nodeTimeoutMs, autoExtend, beside } = wish;
    const { prng, redlock } = this.#caller;
    return waitMs === 0 && prng.chance(this.#habits.tryProbability)
      ? redlock.tryAcquire(resources, ttlMs, { autoExtend, nodeTimeoutMs, signal, ...beside })
      : redlock.acquire(resources, ttlMs, { waitMs, autoExtend, nodeTimeoutMs, signal, ...beside });
  }
}
