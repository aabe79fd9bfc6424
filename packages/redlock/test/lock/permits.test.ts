/** At most K at once, each with a number of its own: on real servers. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lock, type Redlock, type ResourceLockedError } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

/** With two processes' objects, on empty nodes. */
async function inFleet(run: (redlock: Redlock, other: Redlock) => Promise<void>): Promise<void> {
  for (const server of fleet.servers) await server.command("FLUSHALL");
  await using redlock = connectTo(fleet.urls);
  await using other = connectTo(fleet.urls);
  await run(redlock, other);
}

const numbersOf = (locks: readonly Lock[]) => locks.flatMap((lock) => lock.permits).toSorted((a, b) => a - b);

test("so many at once as there are permits, with numbers that differ, and then nobody", () =>
  inFleet(async (one, other) => {
    const pool = { permits: 4 };
    const locks: Lock[] = [];
    for (let index = 0; index < 4; index++) locks.push(await [one, other][index % 2]!.acquire("p", 20_000, pool));
    expect(numbersOf(locks)).toEqual([0, 1, 2, 3]);
    expect(locks[0]!.mode).toBe("permits");
    const error = (await errorOf(one.acquire("p", 5_000, { ...pool, waitMs: 0 }))) as ResourceLockedError;
    expect([error.code, error.mode]).toEqual(["RESOURCE_LOCKED", "permits"]);
    expect(await one.tryAcquire("p", 5_000)).toBe(null);
    expect(await one.tryAcquire("p", 5_000, { shared: true })).toBe(null);
    const [freed] = locks[2]!.permits;
    const before = locks[2]!.fencingToken!;
    const next = other.acquire("p", 20_000, { ...pool, waitMs: 20_000 });
    await locks[2]!.release();
    locks[2] = await next;
    expect(locks[2].permits).toEqual([freed]);
    expect(locks[2].fencingToken!).toBeGreaterThan(before);
    await Promise.all(locks.map((lock) => lock.extend()));
    await Promise.all(locks.map((lock) => lock.release()));
    await (await one.acquire("p", 5_000)).release();
  }));

test("all at once from two processes: never more than there are, no number twice", () =>
  inFleet(async (one, other) => {
    const pool = { permits: 3, waitMs: 60_000 };
    const inside = new Set<number>();
    let most = 0;
    const work = async (redlock: Redlock) => {
      await redlock.using("p", 5_000, pool, async (_signal, lock) => {
        for (const number of lock.permits) {
          expect(inside.has(number)).toBe(false);
          inside.add(number);
        }
        most = Math.max(most, inside.size);
        await new Promise((resolve) => setTimeout(resolve, 2));
        for (const number of lock.permits) inside.delete(number);
      });
    };
    await Promise.all(Array.from({ length: 40 }, (_, index) => work(index % 2 === 0 ? one : other)));
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  }));

test("a weight is taken whole, or not at all", () =>
  inFleet(async (one, other) => {
    const three = { permits: 5, weight: 3 };
    const lock = await one.acquire("p", 20_000, three);
    expect(lock.permits).toHaveLength(3);
    expect(await other.tryAcquire("p", 5_000, three)).toBe(null);
    const two = (await other.tryAcquire("p", 5_000, { permits: 5, weight: 2 }))!;
    expect(numbersOf([lock, two])).toEqual([0, 1, 2, 3, 4]);
    await two.release();
    await lock.release();
  }));

test("a node that gave another number is moved", () =>
  inFleet(async (one, other) => {
    // Each node has another number free.
    const away = await one.acquire("p", 20_000, { permits: 2 });
    await until(async () => (await one.inspect("p")).nodes.every(({ holders }) => holders.length === 1));
    await fleet.servers[0]!.command("DEL", "p", "{p}:holders", "{p}:slots");
    const lock = await other.acquire("p", 20_000, { permits: 2 });
    expect(lock.permits).not.toEqual(away.permits);
    await until(async () => {
      const { nodes } = await one.inspect("p");
      return nodes.every(({ holders }) =>
        holders.some(({ token, permits }) => token === lock.token && permits[0] === lock.permits[0]),
      );
    });
    await lock.extend();
    await away.extend();
    await until(async () => (await one.inspect("p")).nodes.every(({ holders }) => holders.length === 2));
    await Promise.all([lock.release(), away.release()]);
  }));

test("permits that differ in number: never more than the most, and fewer when they end", () =>
  inFleet(async (one, other) => {
    const many = [];
    for (let index = 0; index < 4; index++) many.push(await one.acquire("p", 20_000, { permits: 4 }));
    expect(await other.tryAcquire("p", 5_000, { permits: 2 })).toBe(null);
    await Promise.all(many.filter(({ permits }) => permits[0]! < 2).map((lock) => lock.release()));
    const two = [await other.acquire("p", 5_000, { permits: 2 }), await other.acquire("p", 5_000, { permits: 2 })];
    expect(numbersOf(two)).toEqual([0, 1]);
    await Promise.all([...two, ...many].map((lock) => lock.release()));
  }));

test("a permit is adopted with its number", () =>
  inFleet(async (one, other) => {
    const lock = await one.acquire("p", 5_000, { permits: 3 });
    const { permits } = lock;
    const adopted = await other.adopt(structuredClone(lock.handOver()));
    expect([adopted.mode, adopted.permits]).toEqual(["permits", permits]);
    await adopted.extend();
    await adopted.release();
  }));

test("minHoldMs keeps a permit's number taken", () =>
  inFleet(async (one) => {
    const lock = await one.acquire("p", 5_000, { permits: 1, minHoldMs: 400 });
    await lock.release();
    expect(await one.tryAcquire("p", 5_000, { permits: 1 })).toBe(null);
    await until(async () => {
      const next = await one.tryAcquire("p", 5_000, { permits: 1 });
      await next?.release();
      return next !== null;
    });
  }));

test.each([
  [{ permits: 0 }, "Option permits must be an integer from 1 to 1024, got 0."],
  [{ permits: 1_025 }, "Option permits must be an integer from 1 to 1024, got 1025."],
  [{ permits: 1.5 }, "Option permits must be an integer from 1 to 1024, got 1.5."],
  [{ permits: 2, weight: 3 }, "Option weight must be at most permits (2), got 3."],
  [{ weight: 2 }, "Option weight must be left out where there are no permits."],
  [{ permits: 2, shared: true }, "Option permits must be left out where the lock is shared."],
  [{ permits: 2, fencing: false }, "Option permits must be left out where fencing is off"],
  [{ shared: true, fencing: false }, "Option shared must be false or left out where fencing is off"],
  [{ shared: ["b"] }, 'Option shared must name resources of the call; "b" is none of them.'],
])("%j is refused before anybody is asked", async (options, message) => {
  await using redlock = connectTo(["redis://127.0.0.1:1", "redis://127.0.0.1:2", "redis://127.0.0.1:3"]);
  const error = await errorOf(redlock.acquire("a", 5_000, options));
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toContain(message);
});

test("permits are of one resource", async () => {
  await using redlock = connectTo(["redis://127.0.0.1:1", "redis://127.0.0.1:2", "redis://127.0.0.1:3"]);
  const error = await errorOf(redlock.acquire(["a", "b"], 5_000, { permits: 2 }));
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toContain("Option permits must be left out for several resources");
});

test("who waits for permits asks with a token that is high enough by then", () =>
  inFleet(async (one, other) => {
    await using third = connectTo(fleet.urls);
    const redlocks = [one, other, third];
    const refused: string[] = [];
    for (const redlock of redlocks) redlock.on("roundFailed", ({ reason }) => void refused.push(reason));
    let grantedCount = 0;
    const take = async (redlock: Redlock): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) {
        await redlock.using("p", 20_000, { permits: 1, waitMs: 60_000 }, async () => void grantedCount++);
      }
    };
    await Promise.all(redlocks.map(take));
    expect(grantedCount).toBe(60);
    // Each costs a round more, and where each passes the last by far, all are too low again.
    expect(refused.filter((reason) => reason === "stale").length).toBeLessThan(grantedCount / 2);
  }));
