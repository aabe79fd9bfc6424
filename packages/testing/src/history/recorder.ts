/** Writes the events of one attempt, and of the lock it won, into a history. */
import type { HistoryEvent, Moment } from "./event.ts";

/** The part of a `Lock` that a history needs. */
export interface LockView {
  readonly token: string;
  readonly fencingToken: number | undefined;
  readonly ttlMs: number;
  readonly validUntil: Date;
  remainingMs(): number;
}

/** Where events go. */
export interface EventLog {
  append(event: HistoryEvent): void;
  now(): Moment;
}

/** What all events of one attempt share. */
export interface AttemptName {
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

/** Takes down what becomes of one lock. */
export class HoldRecorder {
  readonly #log: EventLog;
  readonly #name: AttemptName;
  readonly #lock: LockView;

  /** For `AttemptRecorder#granted`. */
  constructor(log: EventLog, name: AttemptName, lock: LockView) {
    this.#log = log;
    this.#name = name;
    this.#lock = lock;
    log.append({ kind: "granted", ...this.#now(), ttlMs: lock.ttlMs });
  }

  /** The lock lives longer: after `lock.extend()`, or when auto-extension is seen to have done it. */
  extended(): void {
    this.#log.append({ kind: "extended", ...this.#now(), ttlMs: this.#lock.ttlMs });
  }

  /** The lock is lost: call it first thing when the lock's signal aborts. */
  lost(): void {
    this.#log.append({ kind: "lost", ...this.#now() });
  }

  /** The lock is about to be released: call it right before `lock.release()`. */
  released(): void {
    this.#log.append({ kind: "released", ...this.#now() });
  }

  #now(): Moment & AttemptName & { token: string; fencingToken: number | undefined; validUntilMs: number } {
    const lock = this.#lock;
    const { monotonicMs, wallMs } = this.#log.now();
    const remainingMs = lock.remainingMs();
    // An ended lock has nothing remaining, and only its date tells when it ended.
    const validForMs = remainingMs > 0 ? remainingMs : Math.min(0, lock.validUntil.getTime() - wallMs);
    return {
      monotonicMs,
      wallMs,
      ...this.#name,
      token: lock.token,
      fencingToken: lock.fencingToken,
      validUntilMs: monotonicMs + validForMs,
    };
  }
}
