/** Callers of one process that wait for what somebody else holds: what they cost while nothing happens. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Peer } from "../peers/peer.ts";
import { usedHeapBytes } from "./garbage.ts";
import { startMeter } from "./meter.ts";
import type { WaitOrder, WaitReport } from "./order.ts";

/** The first asking of them all, and the first refusals, are not what waiting costs. */
const settleMs = 500;

export async function runWaiting(peer: Peer, order: WaitOrder): Promise<WaitReport> {
  const { resource, waiterCount, durationMs } = order;
  const heapBefore = usedHeapBytes();
  for (let waiter = 0; waiter < waiterCount; waiter += 1) {
    // Ends with the process: a peer's wait cannot be cut short in the same way everywhere.
    peer.acquire([resource]).then(
      (held) => void peer.release(held).catch(() => {}),
      () => {},
    );
  }
  await sleep(settleMs);
  const readCost = startMeter();
  const startedAtMs = performance.now();
  await sleep(durationMs);
  const elapsedMs = performance.now() - startedAtMs;
  const cost = readCost();
  return { ...cost, elapsedMs, heapBytesPerWaiter: (usedHeapBytes() - heapBefore) / waiterCount };
}
