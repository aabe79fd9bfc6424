/** Nodes that are down, hung or swallowed by the network: what they cost, and what the caller is told. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QuorumUnavailableError, Redlock, ResourceLockedError, type RedlockOptions } from "@quorate/redlock";
import { startFleet, type Fleet, type ProxiedFleet } from "@quorate/testing";
import { connectTo, forTest, type TestRedlock } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { callsOf, range, tokensOn } from "../support/on-nodes.ts";
import { until } from "../support/until.ts";

/** Far longer than any acquire here takes that does not wait for a node. */
const patientMs = 20_000;

/** Until every node was heard of, so that none is still "joining". */
async function connected(urls: readonly string[], options: RedlockOptions = {}): Promise<TestRedlock> {
  const redlock = connectTo(urls, options);
  await until(async () => (await redlock.inspect("anything")).nodes.every((node) => node.answered));
  return redlock;
}

describe("two of five nodes are down", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet();
    await Promise.all([fleet.node(1).kill(), fleet.node(3).kill()]);
  });
  afterAll(() => fleet.stop());

  test("A2: acquire succeeds on the other three, and waits for no node timeout", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: patientMs });
    const startedAtMs = performance.now();
    for (const round of range(100)) {
      await using lock = await redlock.acquire(`A2:${round}`, 60_000);
      expect(lock.isHeld()).toBe(true);
    }
    expect(performance.now() - startedAtMs).toBeLessThan(patientMs);
  });

  test("A2: who is told of a node that is away reads which one, and why", async () => {
    await using redlock = connectTo(fleet.urls);
    const away: string[] = [];
    redlock.on("nodeDown", ({ node, reason, detail }) => away.push(`${node} ${reason} ${detail}`));
    await until(() => away.length === 2);
    const reason = (port: number) => `127.0.0.1:${port} disconnected connect ECONNREFUSED 127.0.0.1:${port}`;
    expect(new Set(away)).toEqual(new Set([reason(fleet.node(1).port), reason(fleet.node(3).port)]));
  });
});

describe("A3", () => {
  test("with two of five up, the error names each node and its reason, and does not say locked", async () => {
    await using fleet = await startFleet();
    await Promise.all([0, 1, 2].map((node) => fleet.node(node).kill()));
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 5_000 });
    const startedAtMs = performance.now();
    const error = (await errorOf(redlock.acquire("A3", 10_000, { waitMs: 0 }))) as QuorumUnavailableError;
    expect(performance.now() - startedAtMs).toBeLessThan(patientMs);
    expect(error).toBeInstanceOf(QuorumUnavailableError);
    expect(error).not.toBeInstanceOf(ResourceLockedError);
    expect(error.code).toBe("QUORUM_UNAVAILABLE");
    // It is known without the other two, which may not have voted yet.
    for (const { port } of fleet.servers.slice(0, 3)) expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.message).toMatch(/(?:127\.0\.0\.1:\d+(?:, |: )){3}disconnected \(connect ECONNREFUSED\)/);
    expect(error.message).toMatch(/3 of 5 nodes could not vote, 3 votes are needed/);
    expect(error.votes.slice(0, 3).map(({ outcome, reason }) => `${outcome} ${reason}`)).toEqual(
      range(3).map(() => "unknown disconnected"),
    );
    expect((await tokensOn(fleet, "A3")).every((token) => token === null)).toBe(true);
    await expect(redlock.tryAcquire("A3", 10_000)).rejects.toThrow(QuorumUnavailableError);
  });

  test("with waitMs, it keeps trying until a quorum is back", async () => {
    await using fleet = await startFleet({ nodes: 3 });
    await Promise.all([0, 1].map((node) => fleet.node(node).kill()));
    await using redlock = connectTo(fleet.urls);
    const refusals: string[] = [];
    redlock.on("roundFailed", ({ reason }) => refusals.push(reason));
    const acquiring = redlock.acquire("A3:wait", 10_000, { waitMs: Infinity });
    await until(() => refusals.length >= 2);
    await fleet.node(0).restart({ keepData: false });
    await using lock = await acquiring;
    expect(lock.isHeld()).toBe(true);
    expect(new Set(refusals)).toEqual(new Set(["unavailable"]));
  });
});

describe("A5", () => {
  let fleet: ProxiedFleet;
  beforeAll(async () => {
    fleet = await startFleet({ nodes: 5, proxied: true });
  });
  afterAll(() => fleet.stop());

  test("with a node in a black hole and one that hangs, 1000 acquires write next to nothing to them, and both rejoin", async () => {
    const clients = fleet.urls.map(
      (url) => new Redis(url, { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0, socketTimeout: 3_000 }),
    );
    for (const client of clients) client.on("error", () => undefined);
    await using redlock = forTest(new Redlock(clients, { restartGuardMs: 0, nodeTimeoutMs: 100 }));
    await until(async () => (await redlock.inspect("A5")).nodes.every((node) => node.answered));
    const hole = fleet.net.blackHole([1]);
    await fleet.node(3).pause();
    let mostPending = 0;
    for (const batch of range(50)) {
      await Promise.all(
        range(20).map(async (index) => {
          await using lock = await redlock.acquire(`A5:${batch}:${index}`, 60_000);
          expect(lock.isHeld()).toBe(true);
        }),
      );
      mostPending = Math.max(mostPending, ...clients.map(pendingCount));
    }
    expect(mostPending).toBeLessThanOrEqual(300);
    hole[Symbol.dispose]();
    fleet.node(3).resume();
    await until(async () => {
      await using lock = await redlock.acquire("A5:after", 60_000);
      return (await tokensOn(fleet, "A5:after")).every((token) => token === lock.token);
    });
    await until(async () => (await fleet.lockKeys()).length === 0);
    for (const client of clients) client.disconnect();
  });

  test("a node that hangs costs one node timeout, not one for each acquire", async () => {
    await using redlock = await connected(fleet.urls, { nodeTimeoutMs: 1_000 });
    await fleet.node(2).pause();
    await redlock.inspect("A5");
    const away: string[] = [];
    redlock.on("roundFailed", ({ reason }) => away.push(reason));
    const startedAtMs = performance.now();
    for (const index of range(50)) {
      await using lock = await redlock.acquire(`A5:hung:${index}`, 60_000);
      expect(lock.isHeld()).toBe(true);
    }
    // 50 node timeouts are 50 seconds.
    expect(performance.now() - startedAtMs).toBeLessThan(patientMs);
    expect(away).toEqual([]);
    fleet.node(2).resume();
  });
});

/** ioredis keeps what is unanswered, and what is not written yet, in two queues. */
function pendingCount(client: Redis): number {
  const queues = client as unknown as { commandQueue: { length: number }; offlineQueue: { length: number } };
  return queues.commandQueue.length + queues.offlineQueue.length;
}

describe("A6", () => {
  test("with a majority in a black hole, one round fails within the node timeout and 100 ms", async () => {
    await using fleet = await startFleet({ nodes: 5, proxied: true });
    const tookMs: number[] = [];
    // The best of a few: what this machine does besides is no fact about the lock.
    for (let attempt = 0; attempt < 20 && Math.min(...tookMs) >= 500; attempt++) {
      await using redlock = await connected(fleet.urls, { nodeTimeoutMs: 400 });
      using _ = fleet.net.blackHole([0, 2, 4]);
      const startedAtMs = performance.now();
      const error = await errorOf(redlock.acquire("A6", 10_000, { waitMs: 0 }));
      tookMs.push(performance.now() - startedAtMs);
      expect(error).toBeInstanceOf(QuorumUnavailableError);
      expect(error.message).toMatch(/(?:127\.0\.0\.1:\d+(?:, |: )){3}timeout /);
      // By now it is known that they are silent.
      expect(await errorOf(redlock.acquire("A6", 10_000, { waitMs: 0 }))).toBeInstanceOf(QuorumUnavailableError);
    }
    expect(Math.min(...tookMs)).toBeLessThan(500);
    expect((await tokensOn(fleet, "A6")).every((token) => token === null)).toBe(true);
  }, 60_000);
});

describe("A15", () => {
  test("a node that was down at construction votes again by itself when it is up", async () => {
    await using fleet = await startFleet({ nodes: 3 });
    await fleet.node(2).kill();
    await using redlock = connectTo(fleet.urls);
    const back: string[] = [];
    redlock.on("nodeUp", ({ node }) => back.push(node));
    {
      await using lock = await redlock.acquire("A15", 10_000);
      expect(await tokensOn(fleet, "A15")).toEqual([lock.token, lock.token]);
    }
    await fleet.node(2).restart({ keepData: false });
    await until(() => back.includes(`127.0.0.1:${fleet.node(2).port}`));
    await using lock = await redlock.acquire("A15:again", 10_000);
    await until(async () => (await tokensOn(fleet, "A15:again")).every((token) => token === lock.token));
    expect((await callsOf(fleet, "eval"))[2]).toBe(1);
  });

  test("a lock is there as soon as a quorum is, without waiting for nodes that never come", async () => {
    await using fleet = await startFleet({ nodes: 3 });
    await fleet.node(0).kill();
    await using redlock = connectTo(fleet.urls, { waitMs: 0 });
    await using lock = await redlock.acquire("A15:first", 10_000);
    expect(lock.isHeld()).toBe(true);
  });
});
