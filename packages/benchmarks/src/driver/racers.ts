/**
 * Contenders of one process that all want the same resource at one moment: each is a `Redlock` of its own, since those of one
 * `Redlock` form a line and never meet on the nodes. Each reaches the nodes in another order, so that their first
 * requests arrive crosswise and split the votes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Lock, Redlock } from "@quorate/redlock";
import { openOurs, oursMode } from "../peers/ours.ts";
import type { LineUpOrder, RaceOrder, RaceReport } from "./order.ts";
import { sharedNowMs } from "./shared-clock.ts";

/** What is not decided by then is not going to be. */
const waitMs = 10_000;

const timerSlackMs = 1.5;

export class Racers {
  readonly #redlocks: readonly Redlock[];
  readonly #ttlMs: number;
  #whistle = new AbortController();
  #runs: Promise<RaceReport | undefined>[] = [];

  private constructor(redlocks: readonly Redlock[], ttlMs: number) {
    this.#redlocks = redlocks;
    this.#ttlMs = ttlMs;
  }

  static async open(order: LineUpOrder): Promise<Racers> {
    const { urls, peer, ttlMs } = order;
    const opening = Array.from({ length: order.racerCount }, async (_, racer) => {
      const first = (order.firstRacer + racer) % urls.length;
      const turned = [...urls.slice(first), ...urls.slice(0, first)];
      return (await openOurs({ ...order, urls: turned }, oursMode(peer))).redlock;
    });
    return new Racers(await Promise.all(opening), ttlMs);
  }

  /** Resolves when one of these has won, or the race is over; the winner holds until then. */
  async race({ resource, startAtMs }: RaceOrder): Promise<undefined> {
    this.#whistle = new AbortController();
    this.#runs = [];
    const { signal } = this.#whistle;
    await sleep(startAtMs - sharedNowMs() - timerSlackMs);
    // A timer is late by up to a round trip or two: who came by it would meet nobody.
    while (sharedNowMs() < startAtMs);
    if (signal.aborted) return undefined;
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      this.#runs = this.#redlocks.map((redlock) => this.#run(redlock, resource, signal, resolve));
    });
    return undefined;
  }

  /** Calls everybody back. Resolves when nothing of the race is left, with what the winner reports. Who is called back late may win after it. */
  async over(): Promise<RaceReport[]> {
    this.#whistle.abort();
    const reports = await Promise.all(this.#runs);
    return reports.filter((report) => report !== undefined);
  }

  async close(): Promise<void> {
    await Promise.all(this.#redlocks.map((redlock) => redlock.close()));
  }

  async #run(
    redlock: Redlock,
    resource: string,
    signal: AbortSignal,
    tellWon: () => void,
  ): Promise<RaceReport | undefined> {
    let roundCount = 0;
    redlock.once("acquired", (event) => {
      ({ roundCount } = event);
    });
    let lock: Lock;
    try {
      lock = await redlock.acquire(resource, this.#ttlMs, { signal, waitMs });
    } catch {
      redlock.removeAllListeners("acquired");
      return undefined;
    }
    const wonAtMs = sharedNowMs();
    tellWon();
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    const leftAtMs = sharedNowMs();
    await lock.release();
    return { wonAtMs, leftAtMs, roundCount };
  }
}
