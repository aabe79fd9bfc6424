/**
 * Keeps one lock's time: extends it early enough for rounds to fail, and tells the loss a margin before its validity
 * ends, whether or not any node ever answers. One timer does both; it never keeps the process alive, and each firing
 * looks at the clocks again, since timers fire late and are clamped.
 */
import { elapsedMs } from "../core/validity.ts";
import type { LostReason } from "../errors/errors.ts";
import type { ClockReading, Runtime, Timer } from "../runtime/runtime.ts";
import type { Throttled } from "./renewal-throttle.ts";

/** Renewals are moved forward to a grid of this part of the TTL, so that those of many locks travel together. */
const GRID_PARTS = 60;

/** Why a lock was lost, for programs and for people. */
export interface Loss {
  readonly reason: LostReason;
  readonly detail: string;
}

/** The lock whose time is kept. */
export interface KeptLock {
  readonly runtime: Runtime;
  readonly maxHoldMs: number;
  readonly state: string;
  readonly ttlMs: number;
  readonly safetyMarginMs: number;
  /** How many of its handles want it to be extended. */
  readonly autoExtendCount: number;
  readonly acquiredAt: ClockReading;
  /** Set while the last extend round was not won. */
  readonly failedRound: unknown;
  remainingMs(now?: ClockReading): number;
  /** How long after the beginning of the last extend round the next is due. `usableMs`: what was left then, less the margin. */
  renewAfterMs(usableMs: number): number;
  /** Calls `begin` when the renewals before it have had their turn. */
  renewSoon(): void;
  renew(onDone: (isExtended: boolean) => void): void;
  lose(loss: Loss): void;
}

export class KeepAlive implements Throttled {
  readonly #lock: KeptLock;
  #lastExtendedAt: ClockReading;
  #retryAtMs = 0;
  /** Of a lock that was handed over for a claim: when it is to be extended to its TTL. */
  #claimEndsAtMs: number | undefined;
  #extending = false;
  #timer: Timer | undefined;

  constructor(lock: KeptLock, askedAt: ClockReading) {
    this.#lock = lock;
    this.#lastExtendedAt = askedAt;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The lock is held for a claim, and is extended to its TTL after `delayMs`, whatever `autoExtend` says. */
  watchClaim(delayMs: number): void {
    this.#claimEndsAtMs = this.#lock.runtime.readClocks().monotonicMs + delayMs;
    this.watch();
  }

  /** Whether it was handed over, and not extended to its TTL yet. */
  get isClaim(): boolean {
    return this.#claimEndsAtMs !== undefined;
  }

  /** A round that began at `askedAt` has extended the lock, at the holder's or the library's wish. */
  noteExtended(askedAt: ClockReading): void {
    this.#lastExtendedAt = askedAt;
    this.#retryAtMs = 0;
    this.#claimEndsAtMs = undefined;
    this.watch();
  }

  /** Looks at the clocks, does what is due, and sets the timer for what is next. */
  watch(): void {
    const lock = this.#lock;
    const { runtime } = lock;
    const now = runtime.readClocks();
    const leftMs = lock.remainingMs(now) - lock.safetyMarginMs;
    if (lock.state !== "held") return;
    if (leftMs <= 0) {
      lock.lose(this.explainLoss("its validity is about to end", now));
      return;
    }
    const extendInMs = this.#extendInMs(now, leftMs);
    this.#timer?.cancel();
    const nextMs = extendInMs > 0 ? Math.min(leftMs, extendInMs) : leftMs;
    this.#timer = runtime.startTimer(Math.max(1, nextMs), () => this.watch());
    this.#timer.keepProcessAlive(false);
    if (extendInMs > 0) return;
    this.#extending = true;
    // Last: where too few nodes can be asked it fails before it returns, and has set the timer for the next try.
    lock.renewSoon();
  }

  /** `what` begins the sentence for people. */
  explainLoss(what: string, now: ClockReading): Loss {
    const [reason, why] = this.#whyNotExtended(now);
    return { reason, detail: `${what}: ${why}` };
  }

  #whyNotExtended(now: ClockReading): [LostReason, string] {
    const { failedRound, acquiredAt, maxHoldMs, ttlMs, autoExtendCount } = this.#lock;
    if (failedRound !== undefined || this.#extending) return ["no-quorum", "no quorum of nodes extended it"];
    if (this.#claimEndsAtMs !== undefined) {
      return [
        "process-stopped",
        "it was not extended to its TTL after it was handed over, because this process did not run",
      ];
    }
    if (autoExtendCount === 0) return ["not-extended", "autoExtend is off, and nobody extended it in time"];
    // A process that was stopped long before finds itself beyond maxHoldMs too, when it runs again.
    const isOver = elapsedMs(acquiredAt, now) >= maxHoldMs;
    if (isOver && elapsedMs(acquiredAt, this.#lastExtendedAt) + ttlMs >= maxHoldMs) {
      return ["max-hold", `it was held for maxHoldMs (${maxHoldMs} ms), and is not extended beyond that`];
    }
    const sinceMs = Math.round(elapsedMs(this.#lastExtendedAt, now));
    return [
      "process-stopped",
      `it was not extended for ${sinceMs} ms of a TTL of ${ttlMs} ms, because this process did not run meanwhile`,
    ];
  }

  /** Infinity when it is not to be extended, or is being extended. */
  #extendInMs(now: ClockReading, leftMs: number): number {
    const { ttlMs, acquiredAt, maxHoldMs, autoExtendCount } = this.#lock;
    if (this.#extending) return Infinity;
    if (this.#claimEndsAtMs !== undefined) return Math.max(this.#claimEndsAtMs, this.#retryAtMs) - now.monotonicMs;
    if (autoExtendCount === 0) return Infinity;
    if (elapsedMs(acquiredAt, now) >= maxHoldMs) return Infinity;
    if (this.#retryAtMs > 0) return this.#retryAtMs - now.monotonicMs;
    const sinceMs = elapsedMs(this.#lastExtendedAt, now);
    const dueInMs = this.#lock.renewAfterMs(leftMs + sinceMs) - sinceMs;
    const gridMs = ttlMs / GRID_PARTS;
    const dueAtMs = now.monotonicMs + dueInMs;
    return dueInMs - (dueAtMs % gridMs);
  }

  /** The extend that is due, when its turn has come. */
  begin(): void {
    const lock = this.#lock;
    if (lock.remainingMs() === 0) return;
    lock.renew((isExtended) => {
      this.#extending = false;
      // Lost: told by the held lock already.
      if (lock.state !== "held") return;
      if (!isExtended) this.#retryLater();
      this.watch();
    });
  }

  /** Soon enough that several tries fit into the validity that is left. */
  #retryLater(): void {
    const lock = this.#lock;
    const now = lock.runtime.readClocks();
    this.#retryAtMs = now.monotonicMs + Math.max(5, Math.min(lock.ttlMs, lock.remainingMs(now)) / 10);
  }
}
