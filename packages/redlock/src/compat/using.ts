/**
 * A routine under a lock that is kept alive. The loss is told by a timer that needs no reply, a moment before the lock
 * could be someone else's; node-redlock tells it when its tries to extend have failed, however late that is.
 */
import { Beat } from "../lock/held-locks.ts";
import { KeepAlive, type KeptLock } from "../lock/keep-alive.ts";
import { defaultSafetyMarginMs } from "../options/rows.ts";
import type { ClockReading, Runtime } from "../runtime/runtime.ts";
import { alreadyExpired, ExecutionError } from "./errors.ts";
import type { Fleet } from "./fleet.ts";
import { leftMs } from "./hold.ts";
import type { Lock } from "./lock.ts";
import type { MergedSettings } from "./settings.ts";

/** A signal whose `error` says why the lock was lost. */
export type RedlockAbortSignal = AbortSignal & { error?: Error };

/** The lock that is held at present, and how often it was extended; as in `@sesamecare-oss/redlock`. */
export interface RedlockUsingContext {
  lock: Lock;
  extensions: number;
}

/** What `using` runs under the lock. */
export type Routine<Result> = (signal: RedlockAbortSignal, context: RedlockUsingContext) => Promise<Result>;

/** Between two extensions at the least. */
const pauseMs = 20;

/** Extends by the lock's own `extend`, which an app may have overridden, so that there is a new `Lock` each time. */
export class UsedLock implements KeptLock {
  readonly signal: RedlockAbortSignal;
  readonly context: RedlockUsingContext;
  readonly autoExtendCount = 1;
  readonly maxHoldMs: number = Infinity;
  readonly runtime: Runtime;
  readonly acquiredAt: ClockReading;
  readonly ttlMs: number;
  readonly safetyMarginMs: number;
  failedRound: Error | undefined;
  state: "held" | "lost" | "released" = "held";
  readonly #controller = new AbortController();
  readonly #fleet: Fleet;
  readonly #thresholdMs: number;
  readonly #keepAlive: KeepAlive;
  readonly #beat: Beat;

  constructor(fleet: Fleet, lock: Lock, durationMs: number, settings: MergedSettings) {
    const { automaticExtensionThreshold: thresholdMs } = settings;
    this.#thresholdMs = thresholdMs;
    this.#fleet = fleet;
    this.runtime = fleet.set.runtime;
    this.acquiredAt = this.runtime.readClocks();
    this.context = { lock, extensions: 0 };
    this.ttlMs = durationMs;
    this.safetyMarginMs = Math.min(defaultSafetyMarginMs(durationMs), thresholdMs / 2);
    this.signal = this.#controller.signal;
    this.#keepAlive = new KeepAlive(this, this.acquiredAt);
    this.#beat = new Beat(this.runtime, () => this.#keepAlive.watch());
    this.#beat.add(this.safetyMarginMs);
    this.#keepAlive.watch();
  }

  /** No extension begins any more. Returns the lock to be released. */
  end(): Lock {
    if (this.state === "held") this.state = "released";
    this.#stop();
    return this.context.lock;
  }

  remainingMs(now: ClockReading = this.runtime.readClocks()): number {
    return Math.max(0, leftMs(this.context.lock, now));
  }

  /** When less than the threshold is left; but not at once again, however near to the duration the threshold is. */
  renewAfterMs(usableMs: number): number {
    return Math.max(pauseMs, usableMs + this.safetyMarginMs - this.#thresholdMs);
  }

  renewSoon(): void {
    this.#fleet.renewals.enter(this.#keepAlive);
  }

  renew(onDone: (isExtended: boolean) => void): void {
    void this.#extend().then(onDone);
  }

  async #extend(): Promise<boolean> {
    const askedAt = this.runtime.readClocks();
    try {
      const lock = await this.context.lock.extend(this.ttlMs);
      this.context.lock = lock;
      this.context.extensions++;
      this.failedRound = undefined;
    } catch (error) {
      this.failedRound = error instanceof Error ? error : new Error(String(error));
      return false;
    }
    if (this.state === "held") this.#keepAlive.noteExtended(askedAt);
    return true;
  }

  lose(): void {
    this.state = "lost";
    this.#stop();
    const error = this.failedRound ?? new ExecutionError(alreadyExpired, []);
    this.signal.error = error;
    this.#controller.abort(error);
  }

  #stop(): void {
    this.#keepAlive.stop();
    this.#beat.stop();
  }
}
