/**
 * Tries until the lock is won, the time to wait is over, or the caller gives up. The first try goes without any retry
 * machinery; p-retry drives the others. It gets no signal, since it would throw a lock away that was won while the
 * signal fired, and no delays: the wait is ours, on our clock.
 */
import pRetry from "p-retry";
import { elapsedMs } from "../core/validity.ts";
import type { RedlockError } from "../errors/errors.ts";
import type { ClockReading } from "../runtime/runtime.ts";
import { besideOf, type QueuePlace } from "./local-queue.ts";
import { whenAborted } from "../runtime/abort.ts";
import { lineError, lostRoundError, reportAcquired, reportLostRound, type Tries } from "./report.ts";
import { PermitStart } from "./permit-start.ts";
import { Retry } from "./retry.ts";
import { Waiter } from "./waiter.ts";
import { Attempt, type AttemptOutcome, type LostRound } from "./attempt.ts";
import { closedError } from "../errors/explain.ts";
import type { AcquireContext } from "./context.ts";
import type { NodeSet } from "../round/nodes.ts";
import { releaseLock } from "../lock/release.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import { HeldLock } from "../lock/held-lock.ts";

/** Told to p-retry, and seen by no caller: made once, since taking its stack would cost more than the turn. */
const NOT_WON = new Error("not won");

/** After so many hand-overs in a row within this process, the others get a chance of this length. */
const MOST_HAND_OVERS = 32;
const YIELD_MS = 5;

export class Acquisition {
  readonly #context: AcquireContext;
  readonly #set: NodeSet;
  readonly #request: AcquireRequest;
  readonly #startedAt: ClockReading;
  readonly #waiter: Waiter;
  readonly #retry: Retry;
  /** Of permits. */
  readonly #start: PermitStart | undefined;
  /** In this process's line; a single round does not queue there. */
  readonly #place: QueuePlace | undefined;
  #hasQueued = false;
  #roundCount = 0;
  #attempt: Attempt | undefined;
  #failure: LostRound | undefined;
  #cancelled: { readonly reason: unknown } | undefined;
  #onCancel: (() => void) | undefined;

  constructor(context: AcquireContext, request: AcquireRequest) {
    const { set, localQueue } = context;
    this.#context = context;
    this.#set = set;
    this.#request = request;
    this.#startedAt = set.runtime.readClocks();
    if (request.hold?.mode === "permits") this.#start = new PermitStart();
    this.#waiter = new Waiter(context, request, this.#startedAt, this.#start);
    this.#retry = new Retry(set, request, this.#waiter);
    if (request.call.waitMs > 0 || localQueue.isFree(request.keys))
      this.#place = localQueue.enter(request.keys, besideOf(request.hold));
  }

  /**
   * Resolves with the lock. Rejects with the last try's error when `waitMs` is over, with the signal's reason when it
   * aborts; whatever was granted until then has been rolled back.
   */
  async run(): Promise<HeldLock> {
    const { signal } = this.#request.call;
    const unwatch = signal && whenAborted(signal, () => this.cancel(signal.reason));
    this.#context.underWay.add(this);
    let heldLock: HeldLock | undefined;
    try {
      const joined = this.#set.whenJoined();
      if (joined !== undefined) await this.#untilCancelled(joined);
      let first = await this.#firstTry();
      const back = this.#whenBack(first);
      if (back !== undefined) {
        await this.#untilCancelled(back);
        first = await this.#try();
      }
      const won = first instanceof HeldLock ? first : await this.#tryOn(first);
      // Looked at last: a listener of "acquired" may be what aborts, and nothing else could give the lock back.
      if (this.#cancelled !== undefined) await releaseLock(won).catch(() => {});
      this.#throwIfCancelled();
      heldLock = won;
      return heldLock;
    } finally {
      this.#context.underWay.delete(this);
      unwatch?.();
      this.#waiter.end();
      if (heldLock === undefined) this.#giveUp();
    }
  }

  /** Ends the waiting, as an abort does. */
  close(): void {
    this.cancel(closedError(this.#request.resources));
    // Now: in a later turn the nodes are closed, and a place that is left keeps others from what is free.
    this.#leaveLines();
  }

  cancel(reason: unknown): void {
    this.#cancelled ??= { reason };
    this.#onCancel?.();
    this.#attempt?.abandon();
    this.#waiter.giveUp();
  }

  /** For the only try of a process that stood still: its connections are lost, and will be back in a moment. */
  #whenBack(first: AttemptOutcome | undefined): Promise<void> | undefined {
    if (first === undefined || first instanceof HeldLock || first.reason !== "unavailable") return undefined;
    if (this.#leftMs() > 0) return undefined;
    return this.#set.comeback.whenBack(this.#request.call.nodeTimeoutMs - this.#elapsedMs());
  }

  #untilCancelled(promise: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#onCancel = resolve;
      void promise.then(resolve);
    });
  }

  /** Once first in this process's line; there the try begins in the turn in which the place became first. */
  async #firstTry(): Promise<AttemptOutcome | undefined> {
    const place = this.#place;
    if (place === undefined || place.isFirst) return this.#try();
    this.#hasQueued = true;
    const outcome = new Promise<AttemptOutcome | undefined>((resolve, reject) => {
      place.whenFirst(() => {
        this.#waiter.wake();
        const begin = () => void this.#try().then(resolve, reject);
        if (this.#isTurnOfOthers(place)) void this.#waiter.sleepInLine(YIELD_MS).then(begin);
        else begin();
      });
    });
    while (!place.isFirst && this.#cancelled === undefined && this.#leftMs() > 0) {
      await this.#waiter.sleepInLine(this.#leftMs());
    }
    if (place.isFirst) return outcome;
    const queue = place.queue()!;
    // Leave first: asking the holder may reveal that its lock is lost. It then leaves the queue, this place becomes first,
    // and would start a try for a caller that is being rejected.
    place.leave();
    throw this.#cancelled === undefined ? lineError(this.#request, queue, this.#tries()) : this.#cancelled.reason;
  }

  #isTurnOfOthers(place: QueuePlace): boolean {
    // The nodes' line, where there is one, knows better whose turn it is.
    const { fair, fencing } = this.#request.call;
    return !(fair && fencing) && place.handOverCount >= MOST_HAND_OVERS;
  }

  async #tryOn(first: LostRound | undefined): Promise<HeldLock> {
    this.#throwIfCancelled();
    const next = (failure: LostRound) => this.#waitAfter(failure).then(this.#request.beforeRetry);
    await next(first!);
    const last = await pRetry(
      async () => {
        const outcome = await this.#try();
        if (outcome instanceof HeldLock || this.#cancelled !== undefined) return outcome;
        throw NOT_WON;
      },
      { retries: Infinity, minTimeout: 0, maxTimeout: 0, onFailedAttempt: () => next(this.#failure!) },
    );
    if (!(last instanceof HeldLock)) this.#throwIfCancelled();
    return last as HeldLock;
  }

  /** `undefined` when it was cancelled before it began. */
  async #try(): Promise<AttemptOutcome | undefined> {
    if (this.#cancelled !== undefined) return undefined;
    const outcome = this.#waiter.claim() ?? (await this.#round());
    this.#attempt = undefined;
    if (outcome === undefined) return undefined;
    if (outcome instanceof HeldLock) {
      this.#place?.keepFor(outcome);
      if (this.#cancelled === undefined) reportAcquired(outcome, this.#elapsedMs(), this.#roundCount);
    } else {
      if (outcome.isRolledBack) this.#waiter.endStanding();
      else this.#start?.noteKept(outcome.round.votes);
      this.#failure = outcome;
      if (this.#place !== undefined) this.#place.lastFailure = outcome;
    }
    return outcome;
  }

  /** `undefined` when it was cancelled before its turn came. */
  #round(): Promise<AttemptOutcome | undefined> {
    return new Promise((resolve) => {
      this.#onCancel = () => resolve(undefined);
      this.#set.gate.enter((leave) => {
        this.#onCancel = undefined;
        if (this.#cancelled !== undefined) {
          leave();
          return;
        }
        this.#roundCount++;
        const rank = this.#waiter.beforeTry(this.#hasQueued);
        this.#attempt = new Attempt(this.#context, this.#request, rank, this.#start, (ended) => {
          leave();
          resolve(ended);
        });
      });
    });
  }

  /** Returns when the next try is due; throws when there is to be none. */
  async #waitAfter(failure: LostRound): Promise<void> {
    // To stand in line is one refusal, however often the place is renewed.
    if (failure.reason !== "held" || !this.#waiter.hasRenewed) {
      reportLostRound(this.#set, this.#request, failure, this.#roundCount);
    }
    if (!(await this.#retry.waitAfter(failure, this.#leftMs()))) throw this.#error(failure);
  }

  /** Lets those behind go on, in this process and on the nodes. */
  #giveUp(): void {
    this.#place?.leave();
    this.#leaveLines();
  }

  #leaveLines(): void {
    if (this.#failure !== undefined) this.#waiter.leave(this.#failure.operation);
  }

  #throwIfCancelled(): void {
    if (this.#cancelled !== undefined) throw this.#cancelled.reason;
  }

  #elapsedMs(): number {
    return elapsedMs(this.#startedAt, this.#set.runtime.readClocks());
  }

  #leftMs(): number {
    return this.#request.call.waitMs - this.#elapsedMs();
  }

  #error(failure: LostRound): RedlockError {
    return lostRoundError(this.#request, failure, this.#tries());
  }

  #tries(): Tries {
    return { roundCount: this.#roundCount, elapsedMs: this.#elapsedMs() };
  }
}
