/**
 * The locks that a `Redlock` holds: to end them at close, and to look at all of them at once when the clocks show that
 * the machine was suspended or the wall clock stepped. No timer notices either: one that would tell a loss in time is
 * held back by as much as the machine slept.
 */
import { BOOT_CLOCK_STEP_MS, elapsedMs } from "../core/validity.ts";
import type { ClockReading, Runtime, Timer } from "../runtime/runtime.ts";
import { renewLock } from "./extend.ts";
import type { HeldLock, LockKeeper } from "./held-lock.ts";
import { RenewalThrottle } from "./renewal-throttle.ts";

/** How often the clocks are looked at; a lock whose loss is told a shorter time ahead needs it more often. */
const BEAT_MS = 250;
const QUICK_BEAT_MS = 25;

export class HeldLocks implements LockKeeper {
  readonly #runtime: Runtime;
  readonly renewals: RenewalThrottle;
  /** How long the lock that ended last was held: work comes in kinds. */
  lastHoldMs: number = Infinity;
  readonly #all = new Set<HeldLock>();
  readonly #beat: Beat;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.renewals = new RenewalThrottle(runtime);
    this.#beat = new Beat(runtime, () => {
      for (const heldLock of [...this.#all]) heldLock.keepAlive.watch();
    });
  }

  get all(): ReadonlySet<HeldLock> {
    return this.#all;
  }

  add(heldLock: HeldLock): void {
    this.#all.add(heldLock);
    this.#beat.add(heldLock.request.call.safetyMarginMs);
  }

  delete(heldLock: HeldLock): void {
    this.lastHoldMs = this.#runtime.readClocks().monotonicMs - heldLock.acquiredAt.monotonicMs;
    if (this.#all.delete(heldLock)) this.#beat.delete(heldLock.request.call.safetyMarginMs);
  }

  renew(heldLock: HeldLock, onDone: (isExtended: boolean) => void): void {
    renewLock(heldLock, onDone);
  }

  stop(): void {
    this.#beat.stop();
  }
}

/** Looks at the clocks again and again while a lock is held, and says when they have jumped. */
export class Beat {
  readonly #runtime: Runtime;
  readonly #onJump: () => void;
  #count = 0;
  #quickCount = 0;
  #timer: Timer | undefined;
  /** When the clocks were looked at last, while there is a timer. */
  #lookedAt: ClockReading | undefined;
  #beatMs = BEAT_MS;

  /** `onJump`: looks after each lock that is held. */
  constructor(runtime: Runtime, onJump: () => void) {
    this.#runtime = runtime;
    this.#onJump = onJump;
  }

  /** One lock more is held, whose loss is told so long ahead. */
  add(safetyMarginMs: number): void {
    this.#count++;
    const isSooner = isQuick(safetyMarginMs) && this.#quickCount++ === 0 && this.#beatMs > QUICK_BEAT_MS;
    if (this.#timer !== undefined && !isSooner) return;
    this.#timer?.cancel();
    // A suspend that is over, and that no timer has seen yet, is not to be forgotten.
    this.#startFrom(this.#lookedAt ?? this.#runtime.readClocks());
  }

  delete(safetyMarginMs: number): void {
    this.#count--;
    if (isQuick(safetyMarginMs)) this.#quickCount--;
  }

  /** Nothing is held any more. */
  stop(): void {
    this.#count = this.#quickCount = 0;
    this.#timer?.cancel();
    this.#timer = this.#lookedAt = undefined;
  }

  #startFrom(last: ClockReading): void {
    this.#lookedAt = last;
    this.#beatMs = this.#quickCount > 0 ? QUICK_BEAT_MS : BEAT_MS;
    this.#timer = this.#runtime.startTimer(this.#beatMs, () => {
      this.#timer = this.#lookedAt = undefined;
      if (this.#count === 0) return;
      const now = this.#runtime.readClocks();
      const jumpMs = elapsedMs(last, now) - (now.monotonicMs - last.monotonicMs);
      if (jumpMs > BOOT_CLOCK_STEP_MS) this.#onJump();
      if (this.#count > 0 && this.#timer === undefined) this.#startFrom(now);
    });
    this.#timer.keepProcessAlive(false);
  }
}

function isQuick(safetyMarginMs: number): boolean {
  return safetyMarginMs <= BEAT_MS;
}
