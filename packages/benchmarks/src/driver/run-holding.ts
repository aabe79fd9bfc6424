/** Many locks held at one time, kept alive by auto-extension. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lock, Redlock } from "@quorate/redlock";
import { startMeter } from "./meter.ts";
import type { HoldOrder, HoldReport } from "./order.ts";
import { RenewalWatch } from "./renewal-watch.ts";

const concurrency = 256;

export async function runHolding(redlock: Redlock, ttlMs: number, order: HoldOrder): Promise<HoldReport> {
  const { lockCount, durationMs } = order;
  const watch = new RenewalWatch(redlock, ttlMs, lockCount);
  collectGarbage();
  const heapBefore = process.memoryUsage().heapUsed;
  const acquireStartedAtMs = performance.now();
  const locks = await acquireAll(redlock, ttlMs, lockCount, watch);
  const acquireElapsedMs = performance.now() - acquireStartedAtMs;
  collectGarbage();
  const heapBytesPerLock = (process.memoryUsage().heapUsed - heapBefore) / lockCount;
  // The first renewals still show when each lock was acquired; what follows is the steady state.
  await sleep(ttlMs / 3);
  const extendsBefore = watch.extendCount;
  const readCost = startMeter();
  const startedAtMs = performance.now();
  await sleep(durationMs);
  const cost = readCost();
  const report = {
    ...cost,
    heldCount: locks.filter((lock) => lock.isHeld()).length,
    lostCount: watch.lostCount,
    elapsedMs: performance.now() - startedAtMs,
    heapBytesPerLock,
    extendCount: watch.extendCount - extendsBefore,
    longestLatenessMs: watch.longestLatenessMs(performance.now()),
    acquireElapsedMs,
  };
  watch.stop();
  await eachOf(locks, (lock) => lock.release().catch(() => {}));
  return report;
}

async function acquireAll(redlock: Redlock, ttlMs: number, lockCount: number, watch: RenewalWatch): Promise<Lock[]> {
  const locks: Lock[] = Array.from({ length: lockCount });
  await eachOf(
    Array.from({ length: lockCount }, (_, index) => index),
    async (index) => {
      const askedAtMs = performance.now();
      locks[index] = await redlock.acquire(RenewalWatch.resource(index), ttlMs, { autoExtend: true });
      watch.begin(index, askedAtMs);
    },
  );
  return locks;
}

/** So many at a time. */
async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++] as Item);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
}

/** Drivers are started with --expose-gc. */
function collectGarbage(): void {
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
  collect?.();
}
