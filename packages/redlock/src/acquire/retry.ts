/**
 * The tries after a lost round: what is waited for before each, and when there are no more. p-retry drives them. It gets no
 * signal, since it would throw a lock away that was won while the signal fired, and no delays: the wait is ours, on our
 * clock.
 */
import pRetry from "p-retry";
import { backOffMs } from "../core/back-off.ts";
import { guardedForMs, guardedForMsAtLeast, heldForMs, type Votes } from "../core/refusal.ts";
import { isHeld } from "../core/vote.ts";
import { HeldLock } from "../lock/held-lock.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { AttemptOutcome, LostRound } from "./attempt.ts";
import { lostRoundError, reportLostRound, type Tries } from "./report.ts";
import type { Waiter } from "./waiter.ts";

/** A stale fencing token, or a quorum that gave different permits, is not contention: it is tried again soon, but not for ever. */
const STALE_TRIES = 8;

/** A caller that split the nodes with another may step aside for so long, even with no time left: one has to be first. */
const LEAST_ASIDE_MS = 4;

/** For p-retry; no caller sees it. Made once: to take a stack for each would cost more than the try. */
const NOT_WON = new Error("not won");

/** What is tried again. */
export interface Tried {
  readonly request: AcquireRequest;
  readonly cancelled: object | undefined;
  throwIfCancelled(): void;
  untilCancelled(promise: Promise<void>): Promise<void>;
  try(): Promise<AttemptOutcome | undefined>;
  leftMs(): number;
  tries(): Tries;
}

export class Retry {
  readonly #tried: Tried;
  readonly #set: NodeSet;
  readonly #waiter: Waiter;
  #staleCount = 0;

  constructor(tried: Tried, set: NodeSet, waiter: Waiter) {
    this.#tried = tried;
    this.#set = set;
    this.#waiter = waiter;
  }

  /** Resolves with the lock. Rejects with the last try's error when there is to be none any more, or as it was cancelled. */
  async after(first: LostRound | undefined): Promise<HeldLock> {
    const tried = this.#tried;
    const again = await this.#onceBack(first);
    if (again instanceof HeldLock) return again;
    tried.throwIfCancelled();
    let lost = again!;
    const untilNext = () => this.#untilNext(lost).then(tried.request.beforeRetry);
    await untilNext();
    const last = await pRetry(
      async () => {
        const outcome = await tried.try();
        if (outcome instanceof HeldLock || outcome === undefined) return outcome;
        lost = outcome;
        if (tried.cancelled !== undefined) return undefined;
        throw NOT_WON;
      },
      { retries: Infinity, minTimeout: 0, maxTimeout: 0, onFailedAttempt: untilNext },
    );
    if (last === undefined) tried.throwIfCancelled();
    return last!;
  }

  /** For the only try of a process that stood still: its connections are lost, and will be back in a moment. */
  async #onceBack(first: LostRound | undefined): Promise<AttemptOutcome | undefined> {
    if (first?.reason !== "unavailable" || this.#tried.leftMs() > 0) return first;
    const { nodeTimeoutMs } = this.#tried.request.call;
    const back = this.#set.comeback.whenBack(nodeTimeoutMs - this.#tried.tries().elapsedMs, first.round.votes);
    if (back === undefined) return first;
    await this.#tried.untilCancelled(back);
    return this.#tried.try();
  }

  /** Resolves when the next try is due; rejects when there is to be none. */
  async #untilNext(lost: LostRound): Promise<void> {
    const { request } = this.#tried;
    // To stand in line is one refusal, however often the place is renewed.
    if (lost.reason !== "held" || !this.#waiter.hasRenewed) {
      reportLostRound(this.#set, request, lost, this.#tried.tries().roundCount);
    }
    if (!(await this.#wait(lost, this.#tried.leftMs()))) throw lostRoundError(request, lost, this.#tried.tries());
  }

  /** Resolves when the next try is due; with false when there is to be none. `leftMs`: of the caller's time to wait. */
  async #wait({ reason, round, isRolledBack }: LostRound, leftMs: number): Promise<boolean> {
    const { votes } = round;
    const { quorum } = this.#set;
    const isHeldBack = (reason === "held" || reason === "stale") && votes.some(isHeld);
    const heldMs = isHeldBack ? heldForMs(votes, quorum) : undefined;
    this.#staleCount = reason === "stale" || reason === "split" ? this.#staleCount + 1 : 0;
    if (reason === "stale" && this.#staleCount > 1) this.#set.fences.leap();
    // Where it is also held, the release will be announced: that is listened to first.
    const isTriedAgain = heldMs === undefined || leftMs <= 0 || this.#waiter.isListening;
    if (isTriedAgain && this.#staleCount > 0 && this.#staleCount <= STALE_TRIES) {
      await this.#sleepAside(this.#staleCount + (reason === "split" ? 1 : 0), Math.max(leftMs, LEAST_ASIDE_MS));
      return true;
    }
    if (leftMs <= 0 || reason === "not-independent") return false;
    if (reason === "unavailable" && guardedForMsAtLeast(votes, quorum) > leftMs) return false;
    const guardedMs = reason === "unavailable" ? guardedForMs(votes, quorum) : undefined;
    if (guardedMs !== undefined) await this.#sleepWhileGuarded(guardedMs, votes, leftMs);
    else if (heldMs === undefined || !isRolledBack || !this.#waiter.position.isInLine) {
      await this.#waiter.sleepAfterRefusal(votes, heldMs, leftMs);
    }
    return true;
  }

  /**
   * Before a higher fencing token is proposed, for the `bidCount`th time: two whose clocks are behind outbid each other
   * for as long as they ask in step.
   */
  async #sleepAside(bidCount: number, leftMs: number): Promise<void> {
    if (bidCount === 1) return;
    await this.#waiter.sleepFor(Math.min(leftMs, backOffMs(bidCount, 1, 1000, this.#set.runtime.random())));
  }

  /** Sleeps until enough quarantined nodes count again; shorter where a node that is down could come back before. */
  #sleepWhileGuarded(guardedMs: number, votes: Votes, leftMs: number): Promise<void> {
    this.#set.quarantine.tellWait(guardedMs, votes);
    const isAllHeard = votes.every((vote) => vote?.outcome !== "unknown" || vote.quarantinedForMs !== undefined);
    const mostMs = isAllHeard ? leftMs : Math.min(leftMs, this.#tried.request.call.retryMaxDelayMs);
    return this.#waiter.sleepFor(Math.min(guardedMs, mostMs));
  }
}
