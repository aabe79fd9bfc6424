/** Answers that come too late, and requests that a node carries out after everybody has given up. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QuorumUnavailableError, Redlock } from "@quorate/redlock";
import { startFleet, type ProxiedFleet } from "@quorate/testing";
import { connectTo, forTest } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { lifeOn, range, setEverywhere, tokensOn } from "../support/on-nodes.ts";
import { recording } from "../support/recording-node.ts";
import { pause, until } from "../support/until.ts";

let fleet: ProxiedFleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3, proxied: true });
});
afterAll(() => fleet.stop());

const free = range(3).map(() => null);

/** From then on an acquire is written to each of them at once. */
function everyNodeHeard(redlock: Redlock): Promise<void> {
  return until(async () => (await redlock.inspect("anything")).nodes.every((node) => node.answered));
}

describe("A7", () => {
  test("grants that come after the validity are too late: rolled back, and nobody is told of a lock", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 5_000 });
    await everyNodeHeard(redlock);
    const told: string[] = [];
    redlock.on("acquired", () => told.push("acquired"));
    using _ = fleet.net.slow({ delayMs: 300 });
    const error = (await errorOf(redlock.acquire("A7", 250, { waitMs: 0 }))) as QuorumUnavailableError;
    expect(error).toBeInstanceOf(QuorumUnavailableError);
    expect(error.code).toBe("TOO_LATE");
    expect(error.message).toMatch(/nodes answered, or this process ran, too slowly.*longer ttlMs/);
    expect(await tokensOn(fleet, "A7")).toEqual(free);
    expect(told).toEqual([]);
  });

  test("a lock that outlives the wait for its grants is handed out with what is left of its validity", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 5_000 });
    await everyNodeHeard(redlock);
    using _ = fleet.net.slow({ delayMs: 300 });
    const lock = await redlock.acquire("A7:left", 2_000);
    expect(lock.remainingMs()).toBeLessThanOrEqual(2_000 - 300 - 22);
    expect(lock.isHeld()).toBe(true);
    await lock.release();
  });

  test("a node timeout far below the delay ends every round as unknown, and nothing is left either", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 60 });
    await everyNodeHeard(redlock);
    {
      using _ = fleet.net.slow({ delayMs: 300 });
      const error = await errorOf(redlock.acquire("A7:timeout", 30_000, { waitMs: 100 }));
      expect(error).toBeInstanceOf(QuorumUnavailableError);
    }
    await until(async () => (await tokensOn(fleet, "A7:timeout")).every((token) => token === null));
  });
});

describe("A9", () => {
  test("a node that hung carries out the acquire and its release right behind it: nothing is left", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 80 });
    await everyNodeHeard(redlock);
    await Promise.all([fleet.node(1).pause(), fleet.node(2).pause()]);
    await errorOf(redlock.acquire("A9:hung", 30_000, { waitMs: 0 }));
    fleet.node(1).resume();
    fleet.node(2).resume();
    await until(async () => (await fleet.node(1).keys()).includes("{A9:hung}:fence"));
    expect(await tokensOn(fleet, "A9:hung")).toEqual(free);
  });

  test("control: without the release behind it, the key of the same acquire stays for its TTL", async () => {
    const nodes = recording(fleet.urls, { drops: "release" });
    await using redlock = forTest(new Redlock(nodes, { restartGuardMs: 0, nodeTimeoutMs: 80 }));
    await everyNodeHeard(redlock);
    await Promise.all([fleet.node(1).pause(), fleet.node(2).pause()]);
    await errorOf(redlock.acquire("A9:ghost", 30_000, { waitMs: 0 }));
    fleet.node(1).resume();
    fleet.node(2).resume();
    await until(async () => (await tokensOn(fleet, "A9:ghost"))[1] !== null);
    expect((await lifeOn(fleet, "A9:ghost"))[1]).toBeGreaterThan(20_000);
  });

  test("a request that the network kept back arrives with its release behind it", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 80 });
    await everyNodeHeard(redlock);
    {
      using _ = fleet.net.partition([0, 1]);
      await errorOf(redlock.acquire("A9:kept", 30_000, { waitMs: 0 }));
    }
    await until(async () => (await fleet.node(0).keys()).includes("{A9:kept}:fence"));
    expect(await tokensOn(fleet, "A9:kept")).toEqual(free);
  });

  test("a connection that breaks before the release could be sent is followed by one that sends it first", async () => {
    const clients = fleet.urls.map(
      (url) => new Redis(url, { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 }),
    );
    for (const client of clients) client.on("error", () => undefined);
    await using redlock = forTest(new Redlock(clients, { restartGuardMs: 0, nodeTimeoutMs: 5_000 }));
    await everyNodeHeard(redlock);
    await Promise.all([fleet.node(1).pause(), fleet.node(2).pause()]);
    const acquiring = errorOf(redlock.acquire("A9:broken", 30_000, { waitMs: 0 }));
    await pause(20);
    clients[1]!.disconnect(true);
    clients[2]!.disconnect(true);
    await acquiring;
    fleet.node(1).resume();
    fleet.node(2).resume();
    await until(async () => {
      const keys = await Promise.all([fleet.node(1).keys(), fleet.node(2).keys()]);
      return keys.every((found) => found.includes("{A9:broken}:fence"));
    });
    await until(async () => (await tokensOn(fleet, "A9:broken")).every((token) => token === null));
    await using again = await redlock.acquire("A9:broken", 30_000);
    expect(again.isHeld()).toBe(true);
    for (const client of clients) client.disconnect();
  });

  test("an acquire that a client library sends again after its rollback is refused by the tombstone", async () => {
    const nodes = recording(fleet.urls, {});
    await using redlock = forTest(new Redlock(nodes, { restartGuardMs: 0 }));
    await everyNodeHeard(redlock);
    await fleet.node(0).command("SET", "A9:again", "somebody-else", "PX", 60_000);
    await fleet.node(1).command("SET", "A9:again", "somebody-else", "PX", 60_000);
    await errorOf(redlock.acquire("A9:again", 30_000, { waitMs: 0 }));
    expect(await nodes[2]!.sendAgain("acquire")).toMatchObject({ outcome: "refused", reason: "stale" });
    expect((await tokensOn(fleet, "A9:again"))[2]).toBeNull();
  });

  test("control: with fencing off there is no tombstone, and the repeated acquire holds the key for its TTL", async () => {
    const nodes = recording(fleet.urls, {});
    await using redlock = forTest(new Redlock(nodes, { restartGuardMs: 0, fencing: false }));
    await everyNodeHeard(redlock);
    await fleet.node(0).command("SET", "A9:bare", "somebody-else", "PX", 60_000);
    await fleet.node(1).command("SET", "A9:bare", "somebody-else", "PX", 60_000);
    await errorOf(redlock.acquire("A9:bare", 30_000, { waitMs: 0 }));
    expect(await nodes[2]!.sendAgain("acquire")).toMatchObject({ outcome: "granted" });
    expect((await lifeOn(fleet, "A9:bare"))[2]).toBeGreaterThan(20_000);
  });

  test("an acquire that is sent again after the release of its lock does not bring the lock back", async () => {
    const nodes = recording(fleet.urls, {});
    await using redlock = forTest(new Redlock(nodes, { restartGuardMs: 0 }));
    await everyNodeHeard(redlock);
    const lock = await redlock.acquire("A9:released", 30_000);
    await setEverywhere(fleet, lock);
    await lock.release();
    await until(async () => (await tokensOn(fleet, "A9:released")).every((token) => token === null));
    for (const node of nodes) {
      expect(await node.sendAgain("acquire")).toMatchObject({ outcome: "refused", reason: "stale" });
    }
    expect(await tokensOn(fleet, "A9:released")).toEqual(free);
  });
});
