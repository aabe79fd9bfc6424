/** One process that takes one resource again and again, while others do the same. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Peer } from "../peers/peer.ts";
import { startMeter } from "./meter.ts";
import type { ContendOrder, ContendReport } from "./order.ts";
import { sharedNowMs } from "./shared-clock.ts";

export async function runContention(peer: Peer, order: ContendOrder): Promise<ContendReport> {
  const { resource, holdMs, startAtMs, warmUpMs, durationMs, graceMs } = order;
  const moments: number[] = [];
  let failureCount = 0;
  let waitingSinceMs = 0;
  const endAtMs = startAtMs + durationMs;

  async function contend(): Promise<void> {
    while (sharedNowMs() < endAtMs) {
      // A failure does not end the wait: the next try is part of it.
      waitingSinceMs ||= sharedNowMs();
      try {
        const held = await peer.acquire([resource]);
        const enteredAtMs = sharedNowMs();
        if (holdMs > 0) await sleep(holdMs);
        moments.push(waitingSinceMs, enteredAtMs, sharedNowMs());
        waitingSinceMs = 0;
        await peer.release(held);
      } catch {
        failureCount += 1;
      }
    }
  }

  await sleep(startAtMs - warmUpMs - sharedNowMs());
  const done = contend();
  await sleep(startAtMs - sharedNowMs());
  const readCost = startMeter();
  await Promise.race([done, sleep(Math.max(0, endAtMs - sharedNowMs()))]);
  const cost = readCost();
  const stillWaitingSinceMs = waitingSinceMs;
  const isHung = await Promise.race([done.then(() => false), sleep(graceMs, true)]);
  return { ...cost, moments: Float64Array.from(moments), waitingSinceMs: stillWaitingSinceMs, failureCount, isHung };
}
