/** What a caller does while it holds a lock: works, looks at it, extends it, writes it down, hands it over, asks for more. */
import { type Lock, RedlockError } from "@quorate/redlock";

import type { Claim } from "../oracle/claim.ts";
import type { Habits } from "../plan.ts";
import type { User } from "./user.ts";
import { handOver } from "./hand-over.ts";

export class Holder {
  readonly #caller: User;
  readonly #habits: Habits;

  constructor(caller: User, habits: Habits) {
    this.#caller = caller;
    this.#habits = habits;
  }

  /** Works for a while, looking at the lock now and then; ends early when the lock is lost. */
  async work(claim: Claim, attempt: string): Promise<void> {
    const { prng, world } = this.#caller;
    const { lock } = claim;
    const { holds, longestHoldMs, extendProbability } = this.#habits;
    const holdMs = Math.min(longestHoldMs, prng.pick(holds) * lock.ttlMs) * prng.next();
    let leftMs = holdMs;
    await this.#doMore(claim, attempt);
    while (leftMs > 0 && !world.isQuiet && !lock.signal.aborted) {
      const stepMs = Math.min(leftMs, prng.between(0.1, 0.6) * Math.min(holdMs, lock.ttlMs));
      await this.#caller.sleep(stepMs);
      leftMs -= stepMs;
      this.look(claim);
      if (leftMs > 0 && !claim.hasEnded && prng.chance(extendProbability)) await this.#extend(claim, attempt);
    }
  }

  look(claim: Claim): void {
    if (claim.lock.isHeld()) this.#caller.world.judge.seenHeld(claim);
  }

  async release(claim: Claim, attempt: string): Promise<void> {
    const { prng } = this.#caller;
    this.#caller.ended(claim, attempt);
    const releasing = claim.lock.release();
    const expectKnown = (error: unknown): void => this.#caller.expectKnown(error);
    if (prng.chance(0.3)) releasing.catch(expectKnown);
    else await releasing.catch(expectKnown);
  }

  async #doMore(claim: Claim, attempt: string): Promise<void> {
    const { prng } = this.#caller;
    const { logProbability, nestProbability, reentryProbability, handOverProbability, shareProbability } = this.#habits;
    if (logProbability > 0 && prng.chance(logProbability)) JSON.stringify({ message: "working", lock: claim.lock });
    if (nestProbability > 0 && prng.chance(nestProbability)) {
      await this.#caller.sleep(prng.between(0, 20));
      if (!claim.hasEnded) await this.#caller.useMore(claim.resources);
    }
    if (shareProbability > 0 && prng.chance(shareProbability)) await this.#share(claim, attempt);
    if (reentryProbability > 0 && prng.chance(reentryProbability)) await this.#reenter(claim, attempt);
    if (handOverProbability > 0 && prng.chance(handOverProbability))
      await handOver(this.#caller, () => this.look(claim), claim, attempt);
  }

  async #extend(claim: Claim, attempt: string): Promise<void> {
    const { prng, world } = this.#caller;
    const { longestExtension, ttlMs: inUse } = this.#habits;
    const longestMs = Math.max(inUse[1], world.plan.options.restartGuardMs ?? 0);
    const wantedMs = claim.lock.ttlMs * (prng.chance(0.5) ? 1 : prng.orderBetween(1, longestExtension));
    const extending = claim.lock.extend(Math.round(Math.min(longestMs, wantedMs)));
    if (prng.chance(0.1)) {
      // The other way round too: a release that overtakes the extend's replies.
      extending.catch(() => {});
      return;
    }
    try {
      await extending;
      this.#caller.record("extended", claim, attempt);
      world.judge.extended(claim);
    } catch (error) {
      this.#caller.expectKnown(error);
    }
  }

  /** Lets readers in, soon or later. */
  async #share(claim: Claim, attempt: string): Promise<void> {
    const { prng, world } = this.#caller;
    await this.#caller.sleep((prng.next() * Math.min(claim.lock.ttlMs, this.#habits.longestHoldMs)) / 3);
    if (claim.hasEnded || claim.lock.mode === "permits" || !claim.lock.isHeld()) return;
    world.judge.shared(claim);
    try {
      await claim.lock.share();
      this.#caller.record("extended", claim, attempt);
      world.judge.extended(claim);
    } catch (error) {
      this.#caller.expectKnown(error);
    }
  }

  /** `using` inside `using`: the inner one gets what it asks for, or an error; and nobody waits for itself. */
  async #reenter(claim: Claim, attempt: string): Promise<void> {
    const { prng, redlock, process, world } = this.#caller;
    const ttlMs = Math.round(prng.pick([0.5, 1, 3]) * claim.lock.ttlMs);
    const longestMs = world.plan.options.restartGuardMs ?? ttlMs;
    await this.#caller.sleep(prng.next() * claim.lock.ttlMs * 0.9);
    if (claim.hasEnded) return;
    const calledAtMs = process.scheduler.nowMs;
    const options = { reentrant: true, waitMs: 100, nodeTimeoutMs: claim.roundMs };
    const inside = async (_: AbortSignal, inner: Lock): Promise<void> => {
      const sinceMs = (process.scheduler.nowMs - calledAtMs) * process.clocks.rate;
      world.judge.nested.granted(inner, Math.min(ttlMs, longestMs), sinceMs);
      if (!prng.chance(0.3)) return;
      this.#caller.ended(claim, attempt);
      await claim.lock.release().catch((error: unknown) => this.#caller.expectKnown(error));
      await this.#reenterAgain(claim, inner);
    };
    try {
      await redlock.using(claim.resources, Math.min(ttlMs, longestMs), options, inside);
    } catch (error) {
      this.#caller.expectKnown(error);
    }
  }

  /** The outer handle was released, and the inner one lives on. */
  async #reenterAgain(claim: Claim, inner: Lock): Promise<void> {
    try {
      await this.#caller.redlock.using(claim.resources, claim.lock.ttlMs, { reentrant: true, waitMs: 100 }, () => {});
    } catch (error) {
      this.#caller.expectKnown(error);
      const isItsOwn = error instanceof RedlockError && error.code === "RESOURCE_LOCKED" && inner.isHeld();
      if (isItsOwn) this.#caller.world.judge.nested.waitedForItself(claim);
    }
  }
}
