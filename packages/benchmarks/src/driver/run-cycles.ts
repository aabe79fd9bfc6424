/** Callers that acquire and release in a loop, each on resources of its own. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Peer } from "../peers/peer.ts";
import { startMeter } from "./meter.ts";
import type { CyclesOrder, CyclesReport } from "./order.ts";

/** How long after the end a caller may take to finish its last cycle. */
const graceMs = 1_000;

export async function runCycles(peer: Peer, order: CyclesOrder): Promise<CyclesReport> {
  const run = new CyclesRun(peer, order);
  return run.report();
}

class CyclesRun {
  readonly #peer: Peer;
  readonly #order: CyclesOrder;
  readonly #latencies: number[] = [];
  #endAtMs = 0;
  #failureCount = 0;
  #runningCount = 0;

  constructor(peer: Peer, order: CyclesOrder) {
    this.#peer = peer;
    this.#order = order;
  }

  async report(): Promise<CyclesReport> {
    const { callerCount, durationMs } = this.#order;
    const readCost = startMeter();
    const startedAtMs = performance.now();
    this.#endAtMs = startedAtMs + durationMs;
    const callers = Array.from({ length: callerCount }, (_, caller) => this.#call(caller));
    const timeUp = new AbortController();
    const graceOver = sleep(durationMs + graceMs, undefined, { signal: timeUp.signal }).catch(() => {});
    await Promise.race([Promise.all(callers), graceOver]);
    timeUp.abort();
    return {
      ...readCost(),
      elapsedMs: performance.now() - startedAtMs,
      latencies: Float64Array.from(this.#latencies),
      failureCount: this.#failureCount,
      hungCount: this.#runningCount,
    };
  }

  async #call(caller: number): Promise<void> {
    const { resourcesPerLock } = this.#order;
    const resources = Array.from({ length: resourcesPerLock }, (_, index) => `bench:${caller}:${index}`);
    this.#runningCount += 1;
    for (let now = performance.now(); now < this.#endAtMs;) {
      try {
        const held = await this.#peer.acquire(resources);
        await this.#peer.release(held);
        const then = performance.now();
        this.#latencies.push(then - now);
        now = then;
      } catch {
        this.#failureCount += 1;
        now = performance.now();
      }
    }
    this.#runningCount -= 1;
  }
}
