/** The handle that a holder works with. */
import { inspect, type InspectOptions } from "node:util";
import { makeAsyncDisposable } from "../runtime/disposable.ts";
import { checkTtl } from "../options/check.ts";
import { extendLock } from "./extend.ts";
import { shareLock } from "./share.ts";
import { releaseLock, type ReleaseOutcome } from "./release.ts";
import type { LockMode } from "../core/vote.ts";
import type { HeldLock } from "./held-lock.ts";
import { handOver } from "./hand-over.ts";
import type { HandedOverLock, LockJson } from "./lock-json.ts";

const NO_PERMITS: readonly number[] = Object.freeze([]);

/** What an `await using` ends locks by. */
let endsBy: symbol | undefined;

/** @internal */
export let heldLockOf: (lock: Lock) => HeldLock;

/** A lock that was won: it has an end, whether or not anybody releases it. */
export class Lock {
  static {
    heldLockOf = (lock) => lock.#heldLock;
    // `console.log(lock)` shows the same as a log.
    Object.defineProperty(Lock.prototype, inspect.custom, {
      value(this: Lock, _depth: number, options: InspectOptions) {
        return `Lock ${inspect(this.toJSON(), options)}`;
      },
    });
  }

  readonly #heldLock: HeldLock;
  readonly #autoExtend: boolean;
  #ended = false;

  /** @internal Locks come from `Redlock`. */
  constructor(heldLock: HeldLock, autoExtend: boolean = heldLock.request.call.autoExtend) {
    this.#heldLock = heldLock;
    this.#autoExtend = autoExtend;
    if (endsBy !== Symbol.asyncDispose) endsBy = makeAsyncDisposable(Lock.prototype, endLock);
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

  /** What a quorum of nodes granted last. */
  get ttlMs(): number {
    return this.#heldLock.ttlMs;
  }

  /** When the winning round began, by this machine's wall clock. */
  get acquiredAt(): Date {
    return new Date(this.#heldLock.acquiredAt.wallMs);
  }

  /** For people; programs ask `remainingMs()`, which no wall clock changes. Once the lock is over, when it ended. */
  get validUntil(): Date {
    return new Date(this.#heldLock.validUntilMs());
  }

  /**
   * Aborts with a `LockLostError`, once, when the lock is lost: a margin (`safetyMarginMs`) before anyone else can hold
   * it; or released by `close()` of its Redlock. Aborts with a `LockHandedOverError` on `handOver()`, never on `release()`.
   */
  get signal(): AbortSignal {
    return this.#heldLock.told.signal;
  }

  /**
   * Whether a caller of another process stood in line for it at the last extension, so at most a third of the TTL ago with
   * `autoExtend`; who waits with `fair: false` is not seen. A holder that can do so lets go; nothing makes it.
   */
  get isWanted(): boolean {
    return this.#heldLock.isWanted;
  }

  /** How it is held: `share()` changes it. */
  get mode(): LockMode {
    return this.#heldLock.beside?.mode ?? "exclusive";
  }

  /** Of permits, the numbers that nobody else has meanwhile, from 0, ascending; empty in the other modes. */
  get permits(): readonly number[] {
    const terms = this.#heldLock.beside?.terms;
    return terms !== undefined && "slots" in terms ? terms.slots : NO_PERMITS;
  }

  /** What is left of the validity, in milliseconds; 0 once the lock is lost, released or handed over. */
  remainingMs(): number {
    return this.#ended ? 0 : this.#heldLock.remainingMs();
  }

  /** Compares clocks at each call, so that it tells the truth even after the event loop was blocked. */
  isHeld(): boolean {
    return this.remainingMs() > 0;
  }

  /** Throws `LockLostError`, or `LockHandedOverError`, unless the lock is held. */
  assertHeld(): void {
    if (!this.isHeld()) throw this.#heldLock.told.error();
  }

  /**
   * Sets the time to live to `ttlMs` (by default what it was), counted from now; never shortens it. Resolves when a
   * quorum of nodes has confirmed.
   *
   * Rejects with `LockLostError` when the lock is lost or released, with `LockHandedOverError` when it was handed over: it
   * is never made again. Rejects with `QuorumUnavailableError` when too few nodes answered: it then keeps the validity it has.
   */
  async extend(ttlMs: number = this.#heldLock.ttlMs): Promise<void> {
    checkTtl(ttlMs);
    if (this.#ended) throw this.#heldLock.told.error();
    await extendLock(this.#heldLock, ttlMs);
  }

  /**
   * Lets others in who share it, and no one who does not: from the call on the holder is one of the readers, whatever comes
   * of it. A node that misses it is told again with the next extension. Resolves, and rejects, as `extend()`; of a lock
   * that is shared already, without asking anybody.
   *
   * Throws `RangeError` for permits, and where fencing is off.
   */
  async share(): Promise<void> {
    if (this.#ended) throw this.#heldLock.told.error();
    await shareLock(this.#heldLock);
  }

  /**
   * Ends the lock at the call, before any reply, and deletes its keys. A nested handle only ends itself; the last one
   * ends the lock. A lock that was handed over is left alone.
   *
   * Resolves when a quorum of nodes has confirmed, or at once when there is nothing to release. Rejects with
   * `QuorumUnavailableError` when too few nodes confirmed within the node timeout; those that could be reached are free.
   */
  async release(): Promise<ReleaseOutcome> {
    if (this.#ended) return "already-released";
    this.#ended = true;
    if (this.#autoExtend) this.#heldLock.autoExtendCount--;
    if (--this.#heldLock.handleCount > 0 && this.#heldLock.state !== "handed-over") return "released";
    return releaseLock(this.#heldLock);
  }

  /**
   * Releases, at the end of an `await using`. Never rejects: a failure is the event "releaseFailed", and must not replace
   * what the scope was left with.
   */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  /**
   * Gives the lock away: the caller of `Redlock#adopt` with the result, here or in another process, holds it. This handle,
   * and every nested one, is over at the call: not held, `signal` aborts with a `LockHandedOverError`, and nothing is sent
   * any more, not by `release()`, the end of a scope, or `close()`. An extend that is under way may still lengthen the keys'
   * life, and its promise rejects. If it is never adopted, its keys end by their TTL.
   *
   * Give it to one receiver. Two that adopt it share one lock and one fencing token, and each believes that it holds it
   * alone; when one of them releases it, the other learns of that by its next extension.
   *
   * Throws `LockLostError` when the lock is lost or this handle was released, `LockHandedOverError` the second time.
   */
  handOver(): HandedOverLock {
    this.assertHeld();
    return handOver(this.#heldLock);
  }

  /** For logs: what it is and how it stands, without the token. Changes nothing. To give a lock away: `handOver()`. */
  toJSON(): LockJson {
    const remainingMs = Math.floor(this.remainingMs());
    const state = this.#ended && this.#heldLock.state === "held" ? "released" : this.#heldLock.state;
    const { mode, permits } = this;
    const beside = mode === "exclusive" ? {} : { mode, ...(mode === "permits" && { permits }) };
    return { resources: this.resources, state, fencingToken: this.fencingToken ?? null, remainingMs, ...beside };
  }
}

/** Releases without rejecting; a failure is told by the event "releaseFailed". */
export async function endLock(lock: Lock): Promise<void> {
  try {
    await lock.release();
  } catch (error) {
    const { resources } = lock;
    heldLockOf(lock).set.reporter.report("releaseFailed", () => ({ resources, error }));
  }
}
