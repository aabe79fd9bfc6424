/**
 * Tries until the lock is won, the time to wait is over, or the caller gives up. The first try goes without any retry
 * machinery; p-retry drives the others. It gets no signal, since it would throw a lock away that was won while the
 * signal fired, and no delays: the wait is ours, on our clock.
 */
import pRetry from "p-retry";
import { backOffMs } from "../core/back-off.ts";
import { RedlockError } from "../errors.ts";
import { sleep, type Sleep } from "../wait/sleep.ts";
import { Attempt, type AttemptOutcome, type Failure } from "./attempt.ts";
import { acquireError, heldForMs } from "./explain.ts";
import type { NodeSet } from "./node-set.ts";
import { releaseTenure } from "./release.ts";
import type { AcquireRequest } from "./request.ts";
import { Tenure } from "./tenure.ts";

/** A stale fencing token is not contention: it is tried again at once with a higher one, but not for ever. */
const STALE_TRIES = 5;

/** After the TTL of a holder a node still needs a moment to see it: Redis expires by whole milliseconds. */
const EXPIRY_SLACK_MS = 2;

export class Pursuit {
  readonly #set: NodeSet;
  readonly #request: AcquireRequest;
  readonly #startedAtMs: number;
  #roundCount = 0;
  #refusedCount = 0;
  #staleCount = 0;
  #attempt: Attempt | undefined;
  #sleep: Sleep | undefined;
  #cancelled: { readonly reason: unknown } | undefined;

  constructor(set: NodeSet, request: AcquireRequest) {
    this.#set = set;
    this.#request = request;
    this.#startedAtMs = set.runtime.readClocks().monotonicMs;
  }

  /**
   * Resolves with the lock. Rejects with the last try's error when `waitMs` is over, with the signal's reason when it
   * aborts; whatever was granted until then has been rolled back.
   */
  async run(): Promise<Tenure> {
    const { signal } = this.#request.call;
    const onAbort = () => this.cancel(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#set.pursuits.add(this);
    try {
      await this.#set.whenJoined();
      const first = await this.#try();
      if (first instanceof Tenure) return first;
      await this.#waitAfter(first);
      return await this.#tryOn();
    } finally {
      this.#set.pursuits.delete(this);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  cancel(reason: unknown): void {
    this.#cancelled ??= { reason };
    this.#attempt?.abandon();
    this.#sleep?.wake();
  }

  #tryOn(): Promise<Tenure> {
    let failure: Failure | undefined;
    return pRetry(
      async () => {
        const outcome = await this.#try();
        if (outcome instanceof Tenure) return outcome;
        failure = outcome;
        throw new Error("not won");
      },
      {
        retries: Infinity,
        minTimeout: 0,
        maxTimeout: 0,
        onFailedAttempt: () => this.#waitAfter(failure!),
      },
    );
  }

  async #try(): Promise<AttemptOutcome> {
    this.#throwIfCancelled();
    this.#roundCount++;
    const outcome = await new Promise<AttemptOutcome>((resolve) => {
      this.#attempt = new Attempt(this.#set, this.#request, resolve);
    });
    this.#attempt = undefined;
    if (outcome instanceof Tenure) {
      if (this.#cancelled !== undefined) await releaseTenure(outcome).catch(() => {});
      else this.#reportAcquired();
    }
    this.#throwIfCancelled();
    return outcome;
  }

  /** Returns when the next try is due; throws when there is to be none. */
  async #waitAfter(failure: Failure): Promise<void> {
    const elapsedMs = this.#elapsedMs();
    const leftMs = this.#request.call.waitMs - elapsedMs;
    this.#reportRefused(failure);
    if (failure.reason === "stale" && this.#staleCount++ < STALE_TRIES) return;
    if (leftMs <= 0 || failure.reason === "not-independent") {
      const { resources } = this.#request;
      throw acquireError(this.#set, { resources, failure, roundCount: this.#roundCount, elapsedMs });
    }
    this.#sleep = sleep(this.#set.runtime, Math.min(leftMs, this.#delayMs(failure)));
    await this.#sleep.over;
    this.#sleep = undefined;
    this.#throwIfCancelled();
  }

  /** The back-off, or the end of the holder's TTL where that is sooner. */
  #delayMs(failure: Failure): number {
    const { retryDelayMs, retryMaxDelayMs } = this.#request.call;
    const delayMs = backOffMs(this.#refusedCount++, retryDelayMs, retryMaxDelayMs, this.#set.runtime.random());
    if (failure.reason !== "held") return delayMs;
    const heldMs = heldForMs(failure.round, this.#set.quorum);
    return heldMs === 0 ? delayMs : Math.min(delayMs, heldMs + EXPIRY_SLACK_MS);
  }

  #throwIfCancelled(): void {
    if (this.#cancelled !== undefined) throw this.#cancelled.reason;
  }

  #elapsedMs(): number {
    return this.#set.runtime.readClocks().monotonicMs - this.#startedAtMs;
  }

  #reportAcquired(): void {
    const { resources } = this.#request;
    this.#set.reporter.report("acquired", () => ({
      resources,
      fencingToken: this.#request.call.fencing ? this.#set.highestFence : undefined,
      elapsedMs: this.#elapsedMs(),
      roundCount: this.#roundCount,
    }));
  }

  #reportRefused({ reason, round }: Failure): void {
    if (reason === "not-independent" || reason === "abandoned") return;
    this.#set.reporter.report("refused", () => ({
      resources: this.#request.resources,
      reason,
      remainingMs: reason === "held" ? heldForMs(round, this.#set.quorum) : undefined,
      roundCount: this.#roundCount,
    }));
  }
}

/** What a waiter is told when the `Redlock` is closed under it. */
export function closedError(resources: readonly string[]): RedlockError {
  return new RedlockError("CLOSED", "This Redlock was closed: it takes no more locks.", { resources, votes: [] });
}
