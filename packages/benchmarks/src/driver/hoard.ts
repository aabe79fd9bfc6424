/** Many locks held at one time, kept alive by auto-extension: ours, on a `Redlock` of its own that is listened to. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lock, Redlock } from "@quorate/redlock";
import { openOurs, oursMode } from "../peers/ours.ts";
import { usedHeapBytes } from "./garbage.ts";
import { startMeter } from "./meter.ts";
import type { HoldReport, KeepReport, OpenOrder } from "./order.ts";
import { RenewalWatch } from "./renewal-watch.ts";

/** How many are acquired at a time. */
const concurrency = 256;

export class Hoard {
  readonly #redlock: Redlock;
  readonly #ttlMs: number;
  #locks: Lock[] = [];
  #watch: RenewalWatch | undefined;

  private constructor(redlock: Redlock, ttlMs: number) {
    this.#redlock = redlock;
    this.#ttlMs = ttlMs;
  }

  static async open(setup: OpenOrder): Promise<Hoard> {
    const { redlock } = await openOurs(setup, oursMode(setup.peer));
    return new Hoard(redlock, setup.ttlMs);
  }

  /** Resolves after the first renewals, which still come in the bursts in which the locks were acquired. */
  async acquire(lockCount: number): Promise<HoldReport> {
    const watch = new RenewalWatch(this.#redlock, this.#ttlMs, lockCount);
    const locks: Lock[] = Array.from({ length: lockCount });
    const heapBefore = usedHeapBytes();
    const startedAtMs = performance.now();
    await eachOf(lockCount, async (index) => {
      const askedAtMs = performance.now();
      locks[index] = await this.#redlock.acquire(RenewalWatch.resource(index), this.#ttlMs, { autoExtend: true });
      watch.begin(index, askedAtMs);
    });
    const acquireElapsedMs = performance.now() - startedAtMs;
    const heapBytesPerLock = (usedHeapBytes() - heapBefore) / lockCount;
    this.#watch = watch;
    this.#locks = locks;
    await sleep(this.#ttlMs / 3);
    return { heapBytesPerLock, acquireElapsedMs };
  }

  async watch(durationMs: number): Promise<KeepReport> {
    const watch = this.#watch;
    if (watch === undefined) throw new Error("nothing is held");
    const extendsBefore = watch.extendCount;
    const readCost = startMeter();
    const startedAtMs = performance.now();
    await sleep(durationMs);
    const endedAtMs = performance.now();
    return {
      ...readCost(),
      heldCount: this.#locks.filter((lock) => lock.isHeld()).length,
      lostCount: watch.lostCount,
      elapsedMs: endedAtMs - startedAtMs,
      extendCount: watch.extendCount - extendsBefore,
      longestLatenessMs: watch.longestLatenessMs(endedAtMs),
    };
  }

  async letGo(): Promise<void> {
    this.#watch?.stop();
    await eachOf(this.#locks.length, async (index) => this.#locks[index]?.release().catch(() => {}));
    await this.#redlock.close();
  }
}

/** So many at a time. */
async function eachOf(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
}
