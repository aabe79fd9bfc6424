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
  #quickCount = 0;
  #timer: Timer | undefined;
  /** When the clocks were looked at last, while there is a timer. */
  #lookedAt: ClockReading | undefined;
  #beatMs = BEAT_MS;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.renewals = new RenewalThrottle(runtime);
  }

  get all(): ReadonlySet<HeldLock> {
    return this.#all;
  }

  add(heldLock: HeldLock): void {
    this.#all.add(heldLock);
    const isSooner = needsQuickBeat(heldLock) && this.#quickCount++ === 0 && this.#beatMs > QUICK_BEAT_MS;
    if (this.#timer !== undefined && !isSooner) return;
    this.#timer?.cancel();
    // A suspend that is over, and that no timer has seen yet, is not to be forgotten.
    this.#beat(this.#lookedAt ?? this.#runtime.readClocks());
  }

  delete(heldLock: HeldLock): void {
    this.lastHoldMs = this.#runtime.readClocks().monotonicMs - heldLock.acquiredAt.monotonicMs;
    if (this.#all.delete(heldLock) && needsQuickBeat(heldLock)) this.#quickCount--;
  }

  renew(heldLock: HeldLock, onDone: (isExtended: boolean) => void): void {
    renewLock(heldLock, onDone);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = this.#lookedAt = undefined;
  }

  #beat(last: ClockReading): void {
    this.#lookedAt = last;
    this.#beatMs = this.#quickCount > 0 ? QUICK_BEAT_MS : BEAT_MS;
    this.#timer = this.#runtime.startTimer(this.#beatMs, () => {
      this.#timer = this.#lookedAt = undefined;
      if (this.#all.size === 0) return;
      const now = this.#runtime.readClocks();
      const jumpMs = elapsedMs(last, now) - (now.monotonicMs - last.monotonicMs);
      if (jumpMs > BOOT_CLOCK_STEP_MS) for (const heldLock of [...this.#all]) heldLock.keepAlive.watch();
      this.#beat(now);
    });
    this.#timer.keepProcessAlive(false);
  }
}

function needsQuickBeat({ request }: HeldLock): boolean {
  return request.call.safetyMarginMs <= BEAT_MS;
}
