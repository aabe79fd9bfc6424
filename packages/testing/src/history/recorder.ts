/** Writes the events of one attempt, and of the lock it won, into a history. */
import type { HistoryEvent, Moment } from "./event.ts";

/** The part of a `Lock` that a history needs. */
export interface LockView {
  readonly token: string;
  readonly fencingToken: number | undefined;
  readonly ttlMs: number;
  /** Of permits, which numbers; none where it is left out. */
  readonly permits?: readonly number[];
  remainingMs(): number;
}

/** How a caller asks for it beside others; nothing for an exclusive lock. */
export interface AskedBeside {
  /** Which of the resources. */
  readonly shared?: readonly string[];
  /** How many there are. */
  readonly permits?: number;
}

/** Where events go. */
export interface EventLog {
  append(event: HistoryEvent): void;
  now(): Moment;
}

/** What all events of one attempt share. */
export interface AttemptName extends AskedBeside {
  readonly holder: string;
  readonly attempt: string;
  readonly resources: readonly string[];
}

/** Takes down how one call of acquire ends. */
export class AttemptRecorder {
  readonly #log: EventLog;
  readonly #name: AttemptName;

  /** For `LockHistory#attempt`. */
  constructor(log: EventLog, name: AttemptName) {
    this.#log = log;
    this.#name = name;
    log.append({ kind: "attempted", ...log.now(), ...name });
  }

  /** acquire ended without a lock. `reason`: its error, or a word. */
  refused(reason: unknown): void {
    this.#log.append({ kind: "refused", ...this.#log.now(), ...this.#name, reason: String(reason) });
  }

  /** acquire returned this lock, just now. */
  granted(lock: LockView): HoldRecorder {
    return new HoldRecorder(this.#log, this.#name, lock);
  }
}

/**
 * Takes down what becomes of one lock. A lock tells nothing once it has ended, so that a history knows no later end of
 * it than it was told while it was held.
 */
export class HoldRecorder {
  readonly #log: EventLog;
  readonly #name: AttemptName;
  readonly #lock: LockView;
  #validUntilMs = Infinity;

  /** For `AttemptRecorder#granted`. */
  constructor(log: EventLog, name: AttemptName, lock: LockView) {
    this.#log = log;
    this.#name = name;
    this.#lock = lock;
    const numbers = lock.permits ?? [];
    log.append({ kind: "granted", ...this.#see(), ttlMs: lock.ttlMs, ...(numbers.length > 0 && { numbers }) });
  }

  /** From now on others may share it: call it right before `lock.share()`. */
  shared(): void {
    this.#log.append({ kind: "shared", ...this.#see() });
  }

  /** The lock lives longer: call it after `lock.extend()`, and under auto-extension now and then. */
  extended(): void {
    this.#log.append({ kind: "extended", ...this.#see(), ttlMs: this.#lock.ttlMs });
  }

  /** The lock is lost: call it first thing when the lock's signal aborts. */
  lost(): void {
    this.#log.append({ kind: "lost", ...this.#see() });
  }

  /** The lock is about to be released: call it right before `lock.release()`. */
  released(): void {
    this.#log.append({ kind: "released", ...this.#see() });
  }

  #see(): Moment & AttemptName & { token: string; fencingToken: number | undefined; validUntilMs: number } {
    const now = this.#log.now();
    const remainingMs = this.#lock.remainingMs();
    // A holder that was paused is told late: that its lock has ended just now would be false.
    this.#validUntilMs =
      remainingMs > 0 ? now.monotonicMs + remainingMs : Math.min(this.#validUntilMs, now.monotonicMs);
    return {
      ...now,
      ...this.#name,
      token: this.#lock.token,
      fencingToken: this.#lock.fencingToken,
      validUntilMs: this.#validUntilMs,
    };
  }
}
