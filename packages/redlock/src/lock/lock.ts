/** The handle that a holder works with. */
import { checkTtl } from "../options/check.ts";
import { extendLock } from "./extend.ts";
import { releaseLock, type ReleaseOutcome } from "./release.ts";
import type { HeldLock } from "./held-lock.ts";

/**
 * What another process needs to take a lock over, by `Redlock#adopt`. The token is the right to release it. `version`
 * rises when a field changes its meaning; `adopt` refuses those that it does not know.
 */
export interface LockJson {
  readonly version: 1;
  readonly resources: readonly string[];
  readonly token: string;
  /** `null` when fencing is off. */
  readonly fencingToken: number | null;
  /** What the first handle last asked for; the adopting round asks for the same. */
  readonly ttlMs: number;
}

let heldLockOf: (lock: Lock) => HeldLock;

/** A lock that was won: it has an end, whether or not anybody releases it. */
export class Lock {
  static {
    heldLockOf = (lock) => lock.#heldLock;
  }

  readonly #heldLock: HeldLock;
  #ended = false;

  /** @internal Locks come from `Redlock`. */
  constructor(heldLock: HeldLock) {
    this.#heldLock = heldLock;
  }

  get resources(): readonly string[] {
    return this.#heldLock.request.resources;
  }

  /** The random value of the lock keys; who has it can release the lock. */
  get token(): string {
    return this.#heldLock.token;
  }

  /**
   * Greater than that of every earlier holder of any of the resources: a store that refuses what comes with a lower one
   * is safe even from a holder that was paused past its validity. A safe integer; `undefined` when fencing is off.
   */
  get fencingToken(): number | undefined {
    return this.#heldLock.fencingToken;
  }

  /** What Redis was told last. */
  get ttlMs(): number {
    return this.#heldLock.ttlMs;
  }

  /** When the winning round began, by this machine's wall clock. */
  get acquiredAt(): Date {
    return new Date(this.#heldLock.acquiredAt.wallMs);
  }

  /**
   * For people; programs ask `remainingMs()`, which does not depend on the wall clock. Once the lock is released or lost,
   * when that was.
   */
  get validUntil(): Date {
    return new Date(this.#heldLock.validUntilMs());
  }

  /**
   * Aborts with a `LockLostError`, once, when the lock is lost: a margin (`safetyMarginMs`) before anyone else can hold
   * it; or released by `close()` of its Redlock. Never aborts on `release()`.
   */
  get signal(): AbortSignal {
    return this.#heldLock.signal;
  }

  /** What is left of the validity, in milliseconds; 0 once the lock is lost or released. */
  remainingMs(): number {
    return this.#ended ? 0 : this.#heldLock.remainingMs();
  }

  /** Compares clocks at each call, so that it tells the truth even after the event loop was blocked. */
  isHeld(): boolean {
    return this.remainingMs() > 0;
  }

  /** Throws `LockLostError` unless the lock is held. */
  assertHeld(): void {
    if (!this.isHeld()) throw this.#heldLock.lossError();
  }

  /**
   * Sets the time to live to `ttlMs` (by default what it was), counted from now; never shortens it. Resolves when a
   * quorum of nodes has confirmed.
   *
   * Rejects with `LockLostError` when the lock is lost or released: it is never made again. Rejects with
   * `QuorumUnavailableError` when too few nodes answered: it then keeps the validity it has.
   */
  async extend(ttlMs: number = this.#heldLock.ttlMs): Promise<void> {
    checkTtl(ttlMs);
    if (this.#ended) throw this.#heldLock.lossError();
    await extendLock(this.#heldLock, ttlMs);
  }

  /**
   * Ends the lock at the call, before any reply, and deletes its keys. A nested handle only ends itself; the last one
   * ends the lock.
   *
   * Resolves when a quorum of nodes has confirmed, or at once when there is nothing to release. Rejects with
   * `QuorumUnavailableError` when too few nodes confirmed within the node timeout; those that could be reached are free.
   */
  async release(): Promise<ReleaseOutcome> {
    if (this.#ended) return "already-released";
    this.#ended = true;
    if (--this.#heldLock.handleCount > 0) return "released";
    return releaseLock(this.#heldLock);
  }

  /** Releases. A failure is the event "releaseFailed": it must not replace what the scope was left with. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.release();
    } catch (error) {
      const { resources } = this;
      this.#heldLock.set.reporter.report("releaseFailed", () => ({ resources, error }));
    }
  }

  /**
   * For `Redlock#adopt` in another process. Stops auto-extension here: from now on the receiver keeps the lock alive,
   * and this handle is lost at the end of its validity.
   */
  toJSON(): LockJson {
    this.#heldLock.keepAlive.isGivenAway = true;
    this.#heldLock.isHandedOver = true;
    const { token, ttlMs } = this.#heldLock;
    return { version: 1, resources: this.resources, token, fencingToken: this.fencingToken ?? null, ttlMs };
  }
}

/**
 * One more handle of the same lock, which is extended if `ttlMs` is more than it was last asked to live. The handle counts
 * from the call on, so that the lock cannot end between.
 */
export async function nestedLock(lock: Lock, ttlMs: number): Promise<Lock> {
  const heldLock = heldLockOf(lock);
  heldLock.handleCount++;
  const nested = new Lock(heldLock);
  if (ttlMs <= heldLock.ttlMs) return nested;
  try {
    await extendLock(heldLock, ttlMs);
    return nested;
  } catch (error) {
    await nested[Symbol.asyncDispose]();
    throw error;
  }
}
