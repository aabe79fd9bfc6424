/** Contenders that reach the nodes in different orders, so that each is first on another one. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LockHistory, mutualExclusion, startFleet, type ProxiedFleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { range, tokensOn } from "../support/on-nodes.ts";
import { until } from "../support/until.ts";
import { startWorker } from "../support/worker.ts";

let fleet: ProxiedFleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3, proxied: true });
});
afterAll(() => fleet.stop());

describe("A10", () => {
  test("three contenders, each near another node, split the first round; one wins, and the others follow its releases", async () => {
    // Long enough that one key left behind would show.
    const ttlMs = 60_000;
    for (const node of range(3)) {
      const far = range(3).filter((other) => other !== node);
      fleet.net.latency({ nodes: far, peers: [`near ${node}`], delayMs: 15 });
    }
    const redlocks = await Promise.all(
      range(3).map(async (node) => connectTo(await fleet.urlsFor(`near ${node}`), { nodeTimeoutMs: 1_000 })),
    );
    await Promise.all(redlocks.map((redlock) => redlock.inspect("A10")));
    const history = new LockHistory();
    let refusedCount = 0;
    for (const redlock of redlocks) redlock.on("roundFailed", () => refusedCount++);
    const startedAtMs = performance.now();
    for (const round of range(5)) {
      await Promise.all(
        redlocks.map(async (redlock, index) => {
          const resource = `A10:${round}`;
          const attempt = history.attempt(`near ${index}`, resource);
          const lock = await redlock.acquire(resource, ttlMs);
          const hold = attempt.granted(lock);
          hold.released();
          await lock.release();
        }),
      );
    }
    expect(refusedCount).toBeGreaterThan(0);
    expect(performance.now() - startedAtMs).toBeLessThan(ttlMs / 2);
    expect(mutualExclusion(history)).toMatchObject({ verdict: "ok" });
    await until(async () => (await fleet.lockKeys()).length === 0);
    fleet.net.heal();
    await Promise.all(redlocks.map((redlock) => redlock.close()));
  }, 60_000);
});

describe("D7", () => {
  test("of 8 processes that hold one resource 30 times each, never two are inside, tokens rise, and all finish", async () => {
    const workers = range(8).map(() => startWorker("contender.mjs", fleet.urls, "D7", "30"));
    await Promise.all(workers.map((worker) => worker.next("ready")));
    for (const worker of workers) worker.tell("go");
    const done = await Promise.all(workers.map((worker) => worker.next("done")));
    expect(done).toEqual(workers.map(() => ({ mostInside: 1, outOfOrderCount: 0, turnCount: 30 })));
    await until(async () => (await tokensOn(fleet, "D7")).every((token) => token === null));
  });
});
