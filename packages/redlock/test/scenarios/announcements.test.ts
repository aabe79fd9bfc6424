/**
 * How a waiter hears that it can have its lock: a release is announced. The back-off of these waiters is minutes long,
 * so that a test that depends on it does not end; which of the clocks woke them is told by order, never by their speed.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lock } from "@quorate/redlock";
import { connectOperation, startFleet, type ProxiedFleet } from "@quorate/testing";
import { connectTo, type TestRedlock } from "../support/connect-to.ts";
import { deleteOn, occupy, range, setEverywhere } from "../support/on-nodes.ts";
import { connectPatient } from "../support/patient.ts";
import { until } from "../support/until.ts";
import { startWorker } from "../support/worker.ts";

let fleet: ProxiedFleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3, proxied: true });
});
afterAll(() => fleet.stop());

const ttlMs = 120_000;

/** Who stands in a line asks again after 10 s in any case: a test that takes so long has failed. */
const called = { timeout: 9_000 };

interface SleepingWaiter {
  readonly lock: Promise<Lock>;
  refusedCount(): number;
}

/** A waiter that was refused, listens, has asked once more, and sleeps. For a resource nobody has waited for before. */
async function sleepingWaiter(waiter: TestRedlock, resource: string): Promise<SleepingWaiter> {
  let refusedCount = 0;
  waiter.on("roundFailed", () => refusedCount++);
  const lock = waiter.acquire(resource, ttlMs);
  await until(() => refusedCount === 2);
  return { lock, refusedCount: () => refusedCount };
}

async function heldBy(redlock: TestRedlock, resource: string): Promise<Lock> {
  const lock = await redlock.acquire(resource, ttlMs);
  await setEverywhere(fleet, lock);
  return lock;
}

describe("D4", () => {
  test("a waiter in another process, with a back-off of 10 s, is woken by the release", async () => {
    await using holder = connectTo(fleet.urls);
    const held = await heldBy(holder, "D4");
    const worker = startWorker("waiter.mjs", fleet.urls, "D4", "10000");
    await worker.next("refused 2");
    const releasedAtMs = performance.now();
    await held.release();
    const { fencingToken } = await worker.next("held");
    const waitedMs = performance.now() - releasedAtMs;
    expect(fencingToken).toBeGreaterThan(held.fencingToken!);
    // Who is in the line asks by itself after half of its back-off at the earliest.
    expect(waitedMs).toBeLessThan(5_000);
    worker.tell("release");
    await worker.exited;
  });

  for (const fair of [true, false]) {
    test(`${fair ? "in the line" : "without a line"}, twenty hand-offs need no back-off`, called, async () => {
      await using one = connectPatient(fleet.urls, { fair });
      await using two = connectPatient(fleet.urls, { fair });
      const resource = `D4:${fair}`;
      let lock = await heldBy(one, resource);
      for (const turn of range(20)) {
        const waiter = turn % 2 === 0 ? two : one;
        const refused = new Promise<void>((resolve) => waiter.once("roundFailed", () => resolve()));
        const next = waiter.acquire(resource, ttlMs);
        await refused;
        await lock.release();
        lock = await next;
      }
      await lock.release();
    });

    test(`${fair ? "in the line" : "without a line"}, each of ten waiters of other processes is woken in its turn`, async () => {
      const resource = `D4:ten:${fair}`;
      // Without a line all are called at once: split votes are settled by the back-off, which is short for that.
      const backOff = fair ? {} : { retryDelayMs: 20, retryMaxDelayMs: 200 };
      const redlocks = range(10).map(() => connectTo(fleet.urls, { fair, waitMs: 60_000, ...backOff }));
      const held = await heldBy(redlocks[0]!, resource);
      let insideCount = 0;
      const waiting = redlocks.slice(1).map(async (redlock) => {
        const lock = await redlock.acquire(resource, ttlMs);
        expect(++insideCount).toBe(1);
        insideCount--;
        await lock.release();
      });
      await Promise.all(
        redlocks.slice(1).map((redlock) => new Promise((resolve) => redlock.once("roundFailed", resolve))),
      );
      await held.release();
      await Promise.all(waiting);
      await Promise.all(redlocks.map((redlock) => redlock.close()));
      await until(async () => (await fleet.lockKeys()).length === 0);
    });
  }

  test("without a line, who finds the nodes split among others asks again soon", called, async () => {
    await using waiter = connectPatient(fleet.urls, { fair: false });
    for (const [node, token] of ["one", "another"].entries()) {
      await fleet.node(node).command("SET", "D4:split", token, "PX", ttlMs);
    }
    let refusedCount = 0;
    waiter.on("roundFailed", () => refusedCount++);
    const lock = waiter.acquire("D4:split", ttlMs);
    // Who is refused by one holder asks twice, and sleeps: see D5.
    await until(() => refusedCount > 2);
    // By hand, which nobody announces.
    await deleteOn(fleet, [0, 1], "D4:split");
    await (await lock).release();
  });

  test("a release that comes between the refusal and the subscription is not missed", called, async () => {
    await using holder = connectTo(fleet.urls);
    for (const index of range(20)) {
      await using waiter = connectPatient(fleet.urls);
      await waiter.inspect("D4");
      const held = await heldBy(holder, `D4:gap:${index}`);
      const releasing = new Promise<void>((resolve) => {
        waiter.once("roundFailed", () => resolve(held.release().then(() => undefined)));
      });
      const lock = await waiter.acquire(`D4:gap:${index}`, ttlMs);
      await releasing;
      await lock.release();
    }
  });
});

test("a user with the documented rights hears what it is called", called, async () => {
  const text = await readFile(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
  const rules = /```acl\n(.*?)\n```/s.exec(text)![1]!;
  await using own = await startFleet({ nodes: 3, server: { user: { name: "locks", password: "secret", rules } } });
  for (const fair of [true, false]) {
    await using holder = connectTo(own.urls, { fair });
    await using waiter = connectPatient(own.urls, { fair });
    const held = await holder.acquire(`rights:${fair}`, ttlMs);
    await setEverywhere(own, held);
    const waiting = await sleepingWaiter(waiter, `rights:${fair}`);
    await held.release();
    await (await waiting.lock).release();
  }
});

/** What a server says to those who listen to it is the only reply on a connection that subscribed last. */
const announcement = { operation: "subscribe", direction: "reply" } as const;

describe("D5", () => {
  test("with the announcements lost, a waiter gets a released lock by its back-off; one with a long back-off sleeps on", async () => {
    await using holder = connectTo(fleet.urls);
    await using patient = connectPatient(fleet.urls, { fair: false });
    await using waiter = connectPatient(fleet.urls, { fair: false, retryDelayMs: 200, retryMaxDelayMs: 200 });
    const held = await heldBy(holder, "D5");
    const asleep = await sleepingWaiter(patient, "D5");
    const lucky = await sleepingWaiter(waiter, "D5");
    using _ = fleet.net.lostReply(announcement);
    await held.release();
    await (await lucky.lock).release();
    // Control: nothing but its back-off would have told the other one.
    expect(await Promise.race([asleep.lock, waiter.acquire("D5", ttlMs).then(() => "free")])).toBe("free");
    expect(asleep.refusedCount()).toBe(2);
    asleep.lock.catch(() => undefined);
  });

  test("in the line, a lost announcement costs the back-off and no more", async () => {
    await using holder = connectTo(fleet.urls);
    await using waiter = connectPatient(fleet.urls, { retryDelayMs: 200, retryMaxDelayMs: 200 });
    const held = await heldBy(holder, "D5:line");
    const waiting = await sleepingWaiter(waiter, "D5:line");
    using _ = fleet.net.lostReply(announcement);
    await held.release();
    await (await waiting.lock).release();
  });

  test("with the announcements of a minority lost, the others wake it", called, async () => {
    await using holder = connectTo(fleet.urls);
    await using waiter = connectPatient(fleet.urls);
    const held = await heldBy(holder, "D5:minority");
    const waiting = await sleepingWaiter(waiter, "D5:minority");
    await until(async () => (await listenerCounts("D5:minority")).every((count) => count === 1));
    using _ = fleet.net.lostReply({ ...announcement, nodes: [2] });
    await held.release();
    await (await waiting.lock).release();
  });

  test("with the announcements lost, a lock that expires is taken when its time to live is over", async () => {
    await using waiter = connectPatient(fleet.urls);
    await occupy(fleet, range(3), "D5:expiry", 1_500);
    const waiting = await sleepingWaiter(waiter, "D5:expiry");
    using _ = fleet.net.lostReply(announcement);
    await (await waiting.lock).release();
  });

  test(
    "a subscriber connection that breaks on the announcement itself is made again, and the waiter asks then",
    called,
    async () => {
      await using holder = connectTo(fleet.urls);
      await using waiter = connectPatient(fleet.urls);
      const held = await heldBy(holder, "D5:broken");
      const waiting = await sleepingWaiter(waiter, "D5:broken");
      const broken = range(3).map((node) => fleet.net.reset({ ...announcement, nodes: [node], count: 1 }));
      await held.release();
      await (await waiting.lock).release();
      for (const rule of broken) rule[Symbol.dispose]();
    },
  );

  test("with the subscriber connections cut for good, the holder's time to live and the back-off remain", async () => {
    await using waiter = connectPatient(fleet.urls, { retryDelayMs: 300, retryMaxDelayMs: 300 });
    await using patient = connectPatient(fleet.urls);
    await occupy(fleet, range(3), "D5:cut:ttl", 1_500);
    await occupy(fleet, range(3), "D5:cut:released", 600_000);
    const expiring = await sleepingWaiter(patient, "D5:cut:ttl");
    const released = await sleepingWaiter(waiter, "D5:cut:released");
    // Whoever comes anew is turned away.
    using _ = fleet.net.addRule(({ operation }) => ({ kind: operation === connectOperation ? "reset" : "pass" }));
    await Promise.all(fleet.servers.map((server) => server.command("CLIENT", "KILL", "TYPE", "pubsub")));
    await until(async () => (await listenerCounts("D5:cut:ttl")).every((count) => count === 0));
    await deleteOn(fleet, range(3), "D5:cut:released");
    await Promise.all([expiring.lock, released.lock].map(async (lock) => (await lock).release()));
  });
});

/** How many connections listen for the releases of a resource, on each node. */
async function listenerCounts(resource: string): Promise<number[]> {
  return Promise.all(
    fleet.servers.map(async (server) => {
      const [, count] = (await server.command("PUBSUB", "NUMSUB", `${resource}:released`)) as [string, number];
      return count;
    }),
  );
}

describe("whoever may only publish", () => {
  test("can wake a waiter and nothing more: no token of his is passed on to this resource or another", async () => {
    await using holder = connectTo(fleet.urls);
    await using waiter = connectTo(fleet.urls);
    const held = await heldBy(holder, "published");
    const { lock, refusedCount } = await sleepingWaiter(waiter, "published");
    const hourAhead = (Date.now() + 3_600_000) * 1_000;
    for (const message of [`nobody.1 ${hourAhead}.5`, ` ${hourAhead}`, `nobody.1 ${hourAhead}`, "", " ", "x y z \0"]) {
      for (const server of fleet.servers) await server.command("PUBLISH", "published:released", message);
    }
    await until(() => refusedCount() > 2);
    await held.release();
    await using won = await lock;
    await using other = await waiter.acquire("published:other", ttlMs, { waitMs: 0 });
    for (const { fencingToken } of [won, other]) expect(fencingToken).toBeLessThan(hourAhead - 60_000_000);
  });
});
