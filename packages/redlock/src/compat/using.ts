/**
 * A routine under a lock that is kept alive. The loss is told by a timer that needs no reply, a moment before the lock
 * could be someone else's; node-redlock tells it when its tries to extend have failed, however late that is.
 */
import type { Timer } from "../runtime/runtime.ts";
import { alreadyExpired, ExecutionError } from "./errors.ts";
import type { Fleet } from "./fleet.ts";
import { leftMs } from "./hold.ts";
import type { Lock } from "./lock.ts";
import type { MergedSettings } from "./settings.ts";

/** A signal whose `error` says why the lock was lost. */
export type RedlockAbortSignal = AbortSignal & { error?: Error };

/** The lock that is held at present, and how often it was extended; as in \`@sesamecare-oss/redlock\`. */
export interface RedlockUsingContext {
  lock: Lock;
  extensions: number;
}

/** Before the next try to extend, after one that failed. */
const pauseMs = 20;

export class Keeper {
  readonly signal: RedlockAbortSignal;
  readonly context: RedlockUsingContext;
  readonly #controller = new AbortController();
  readonly #fleet: Fleet;
  readonly #durationMs: number;
  readonly #thresholdMs: number;
  readonly #marginMs: number;
  #isExtending = false;
  #isOver = false;
  #retryAtMs = -Infinity;
  #lastError: Error | undefined;
  #timer: Timer | undefined;

  constructor(fleet: Fleet, lock: Lock, durationMs: number, settings: MergedSettings) {
    this.#fleet = fleet;
    this.context = { lock, extensions: 0 };
    this.#durationMs = durationMs;
    this.#thresholdMs = settings.automaticExtensionThreshold;
    this.#marginMs = Math.min(Math.max(50, durationMs * 0.05), this.#thresholdMs / 2);
    this.signal = this.#controller.signal;
    this.#watch();
  }

  /** No extension begins any more. Returns the lock to be released. */
  end(): Lock {
    this.#isOver = true;
    this.#timer?.cancel();
    return this.context.lock;
  }

  #watch(): void {
    const { runtime } = this.#fleet.set;
    const now = runtime.readClocks();
    const validMs = leftMs(this.context.lock, now);
    const lostInMs = validMs - this.#marginMs;
    if (lostInMs <= 0) {
      this.#lose(this.#lastError ?? new ExecutionError(alreadyExpired, []));
      return;
    }
    const extendInMs = Math.max(validMs - this.#thresholdMs, this.#retryAtMs - now.monotonicMs);
    if (extendInMs <= 0 && !this.#isExtending) void this.#extend();
    this.#timer?.cancel();
    const nextMs = this.#isExtending ? lostInMs : Math.min(lostInMs, extendInMs);
    this.#timer = runtime.startTimer(Math.max(1, nextMs), () => this.#watch());
  }

  async #extend(): Promise<void> {
    this.#isExtending = true;
    try {
      this.context.lock = await this.context.lock.extend(this.#durationMs);
      this.context.extensions++;
      this.#lastError = undefined;
    } catch (error) {
      this.#lastError = error instanceof Error ? error : new Error(String(error));
      this.#retryAtMs = this.#fleet.set.runtime.readClocks().monotonicMs + pauseMs;
    }
    this.#isExtending = false;
    if (!this.#isOver) this.#watch();
  }

  #lose(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.signal.error = error;
    this.#controller.abort(error);
  }
}
