/** What an acquisition waits for after a lost round, and when it gives up. */
import { guardedForMs, guardedForMsAtLeast, heldForMs, type Votes } from "../core/refusal.ts";
import { isHeld } from "../core/vote.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { LostRound } from "./attempt.ts";
import type { Waiter } from "./waiter.ts";

/** A stale fencing token, or a quorum that gave different permits, is not contention: it is tried again soon, but not for ever. */
const STALE_TRIES = 8;

/** Of two who split the nodes between them one has to be the first, also where there is no time to wait. */
const LEAST_ASIDE_MS = 4;

export class Retry {
  readonly #set: NodeSet;
  readonly #request: AcquireRequest;
  readonly #waiter: Waiter;
  #staleCount = 0;

  constructor(set: NodeSet, request: AcquireRequest, waiter: Waiter) {
    this.#set = set;
    this.#request = request;
    this.#waiter = waiter;
  }

  /** Resolves when the next try is due; with false when there is to be none. `leftMs`: of the caller's time to wait. */
  async waitAfter({ reason, round, isRolledBack }: LostRound, leftMs: number): Promise<boolean> {
    const { votes } = round;
    const { quorum } = this.#set;
    const isHeldBack = (reason === "held" || reason === "stale") && votes.some(isHeld);
    const heldMs = isHeldBack ? heldForMs(votes, quorum) : undefined;
    this.#staleCount = reason === "stale" || reason === "split" ? this.#staleCount + 1 : 0;
    // Where it is also held, the release will be announced: that is listened to first.
    const isTriedAgain = heldMs === undefined || leftMs <= 0 || this.#waiter.isListening;
    if (isTriedAgain && this.#staleCount > 0 && this.#staleCount <= STALE_TRIES) {
      await this.#waiter.sleepAside(this.#staleCount + (reason === "split" ? 1 : 0), Math.max(leftMs, LEAST_ASIDE_MS));
      return true;
    }
    if (leftMs <= 0 || reason === "not-independent") return false;
    if (reason === "unavailable" && guardedForMsAtLeast(votes, quorum) > leftMs) return false;
    const guardedMs = reason === "unavailable" ? guardedForMs(votes, quorum) : undefined;
    if (guardedMs !== undefined) await this.#sleepWhileGuarded(guardedMs, votes, leftMs);
    else if (heldMs === undefined || !isRolledBack || !this.#waiter.isInLine) {
      await this.#waiter.sleepAfterRefusal(votes, heldMs, leftMs);
    }
    return true;
  }

  /** It is known when enough nodes count again, unless one that is down comes back before. */
  #sleepWhileGuarded(guardedMs: number, votes: Votes, leftMs: number): Promise<void> {
    this.#set.tellGuardWait(guardedMs, votes);
    const isAllHeard = votes.every((vote) => vote?.outcome !== "unknown" || vote.quarantinedForMs !== undefined);
    const mostMs = isAllHeard ? leftMs : Math.min(leftMs, this.#request.call.retryMaxDelayMs);
    return this.#waiter.sleepInLine(Math.min(guardedMs, mostMs));
  }
}
