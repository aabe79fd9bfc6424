/**
 * Tries until the lock is won, the time to wait is over, or the caller gives up. The first try goes without any machinery
 * for waiting; `Retry` drives the others.
 */
import { elapsedMs } from "../core/validity.ts";
import { closedError } from "../errors/explain-own.ts";
import { HeldLock } from "../lock/held-lock.ts";
import { releaseLock } from "../lock/release.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { NodeSet } from "../round/nodes.ts";
import { whenAborted } from "../runtime/abort.ts";
import type { ClockReading } from "../runtime/runtime.ts";
import { Attempt, type AttemptOutcome, type LostRound, type Rank } from "./attempt.ts";
import type { AcquireContext } from "./context.ts";
import { besideOf } from "./line-head.ts";
import type { QueuePlace } from "./local-queue.ts";
import { PermitStart } from "./permit-start.ts";
import { lineError, type Tries } from "./report.ts";
import { Retry } from "./retry.ts";
import { Waiter } from "./waiter.ts";

/** For so long the callers of other processes get a chance, where this one hands the lock on and on among its own. */
const YIELD_MS = 5;

export class Acquisition {
  readonly request: AcquireRequest;
  /** Set when the caller aborted or the `Redlock` was closed: no more tries are made. */
  cancelled: { readonly reason: unknown } | undefined;
  readonly #context: AcquireContext;
  readonly #set: NodeSet;
  readonly #startedAt: ClockReading;
  /** Made when a lock has to be waited for. */
  #waiter: Waiter | undefined;
  /** From which number on the nodes are to look for permits; only of permits. */
  readonly #start: PermitStart | undefined;
  /** In this process's line; a single round does not queue there. */
  readonly #place: QueuePlace | undefined;
  #hasQueued = false;
  #roundCount = 0;
  #attempt: Attempt | undefined;
  #failure: LostRound | undefined;
  #onCancel: (() => void) | undefined;

  constructor(context: AcquireContext, request: AcquireRequest) {
    const { set, localQueue } = context;
    this.#context = context;
    this.#set = set;
    this.request = request;
    this.#startedAt = set.runtime.readClocks();
    if (request.hold?.mode === "permits") this.#start = new PermitStart();
    if (request.call.waitMs > 0 || localQueue.isFree(request.keys))
      this.#place = localQueue.enter(request.keys, request.hold && besideOf(request.hold));
  }

  /** Rejects with the last try's error when `waitMs` is over, or as the signal does; what was granted is rolled back then. */
  async run(): Promise<HeldLock> {
    const { signal } = this.request.call;
    const unwatch = signal && whenAborted(signal, () => this.cancel(signal.reason));
    this.#context.underWay.add(this);
    let heldLock: HeldLock | undefined;
    try {
      if (!this.#set.hasJoined) await this.untilCancelled(this.#set.whenJoined());
      const first = await this.#firstTry();
      const won = first instanceof HeldLock ? first : await new Retry(this, this.#set, this.waiter).after(first);
      // Looked at last: a listener of "acquired" may be what aborts, and nothing else could give the lock back.
      if (this.cancelled !== undefined) await releaseLock(won).catch(() => {});
      this.throwIfCancelled();
      heldLock = won;
      return heldLock;
    } finally {
      this.#context.underWay.delete(this);
      unwatch?.();
      this.#waiter?.end();
      // Lets those behind go on, in this process and on the nodes.
      if (heldLock === undefined) {
        this.#place?.leave();
        this.#leaveLines();
      }
    }
  }

  /** Ends the waiting, as an abort does. */
  close(): void {
    this.cancel(closedError(this.request.resources));
    // Now: in a later turn the nodes are closed, and a place that is left keeps others from what is free.
    this.#leaveLines();
  }

  cancel(reason: unknown): void {
    this.cancelled ??= { reason };
    this.#onCancel?.();
    this.#attempt?.abandon();
    this.#waiter?.giveUp();
  }

  throwIfCancelled(): void {
    if (this.cancelled !== undefined) throw this.cancelled.reason;
  }

  untilCancelled(promise: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#onCancel = resolve;
      void promise.then(resolve);
    });
  }

  /** One more try; `undefined` when it was cancelled before it began. */
  async try(): Promise<AttemptOutcome | undefined> {
    if (this.cancelled !== undefined) return undefined;
    const outcome = this.#waiter?.position.claim() ?? (await this.#round());
    this.#attempt = undefined;
    if (outcome === undefined) return undefined;
    if (outcome instanceof HeldLock) {
      this.#place?.keepFor(outcome);
      // It was lost as it was won, where the process stood still meanwhile: nothing tells its end any more.
      if (outcome.state !== "held") this.#place?.leave();
      if (this.cancelled === undefined) this.#tellAcquired(outcome);
    } else {
      if (outcome.isRolledBack) this.#waiter?.position.endStanding();
      else this.#start?.noteKept(outcome.round.votes);
      this.#failure = outcome;
      if (this.#place !== undefined) this.#place.lastFailure = outcome;
    }
    return outcome;
  }

  /** What is left of the caller's time to wait. */
  leftMs(): number {
    return this.request.call.waitMs - this.tries().elapsedMs;
  }

  tries(): Tries {
    return { roundCount: this.#roundCount, elapsedMs: elapsedMs(this.#startedAt, this.#set.runtime.readClocks()) };
  }

  get waiter(): Waiter {
    return (this.#waiter ??= new Waiter(this.#context, this.request, this.#startedAt, this.#start));
  }

  /** Once first in this process's line; there the try begins in the turn in which the place became first. */
  async #firstTry(): Promise<AttemptOutcome | undefined> {
    const place = this.#place;
    if (place === undefined || place.isFirst) return this.try();
    this.#hasQueued = true;
    const { waiter } = this;
    waiter.listenAlong();
    const { fair, fencing } = this.request.call;
    const outcome = new Promise<AttemptOutcome | undefined>((resolve, reject) => {
      place.whenFirst(() => {
        waiter.wake();
        const begin = () => void this.try().then(resolve, reject);
        // The nodes' line, where there is one, knows better whose turn it is.
        if (!(fair && fencing) && place.isTurnOfOthers) void waiter.sleepFor(YIELD_MS).then(begin);
        else begin();
      });
    });
    while (!place.isFirst && this.cancelled === undefined && this.leftMs() > 0) {
      await waiter.sleepFor(this.leftMs());
    }
    if (place.isFirst) return outcome;
    const queue = place.queue()!;
    // Leave first: asking the holder may reveal that its lock is lost. It then leaves the queue, this place becomes first,
    // and would start a try for a caller that is being rejected.
    place.leave();
    this.throwIfCancelled();
    throw lineError(this.request, queue, this.tries());
  }

  /** `undefined` when it was cancelled before its turn came. */
  #round(): Promise<AttemptOutcome | undefined> {
    return new Promise((resolve) => {
      this.#onCancel = () => resolve(undefined);
      this.#set.gate.enter((leave) => {
        this.#onCancel = undefined;
        if (this.cancelled !== undefined) return leave();
        this.#roundCount++;
        this.#attempt = new Attempt(this.#context, this.request, this.#rank(), this.#start, (ended) => {
          leave();
          resolve(ended);
        });
      });
    });
  }

  /** Where nobody else is known to want any lock, and the nodes' clocks are known, it needs none. */
  #rank(): Rank | undefined {
    const { announcements, set } = this.#context;
    const hasNews = announcements.topics.size > 0 || set.fleetClock.toldCount < set.quorum;
    return this.#waiter || hasNews ? this.waiter.beforeTry(this.#hasQueued) : undefined;
  }

  #tellAcquired({ request: { resources }, fencingToken }: HeldLock): void {
    const tries = this.tries();
    this.#set.reporter.acquired(tries.elapsedMs, () => ({ resources, fencingToken, ...tries }));
  }

  #leaveLines(): void {
    if (this.#failure !== undefined) this.#waiter?.position.leave(this.#failure.operation);
  }
}
