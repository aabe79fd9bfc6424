/** What cannot be meant is refused before any I/O, and leaves every other caller alone. */
import { memoryNodes } from "@quorate/testing";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import RedlockByDefault, { Lock, Redlock } from "@quorate/redlock/compat";

const stateOf = (fleet: ReturnType<typeof memoryNodes>) => fleet.nodes.map((node) => node.lockKeys());

const noNames: readonly [string, unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["an object", {}],
];

describe.each(noNames)("a resource that is %s", (_title, resource) => {
  test("is a TypeError, nothing is written, and the next caller's batch is its own", async () => {
    const fleet = memoryNodes(3);
    const redlock = new Redlock(fleet.connect());
    const refused = redlock.acquire([resource as string], 1_000);
    const other = redlock.acquire(["other"], 5_000);
    await expect(refused).rejects.toThrow(TypeError);
    const lock = await other;
    expect(stateOf(fleet)).toEqual([["other"], ["other"], ["other"]]);
    const byHand = new Lock(redlock, [resource as string], lock.value, [], lock.expiration);
    await expect(byHand.release()).rejects.toThrow(TypeError);
    await expect(byHand.extend(1_000)).rejects.toThrow(TypeError);
    await lock.release();
    await redlock.quit();
  });
});

test("a lock by hand without a value is a TypeError, and releases nothing", async () => {
  const fleet = memoryNodes(1);
  const redlock = new Redlock(fleet.connect());
  const lock = await redlock.acquire(["a"], 5_000);
  const byHand = new Lock(redlock, ["a"], undefined as unknown as string, [], lock.expiration);
  await expect(byHand.release()).rejects.toThrow(TypeError);
  await expect(byHand.extend(1_000)).rejects.toThrow(TypeError);
  expect(stateOf(fleet)).toEqual([["a"]]);
  await redlock.quit();
});

test("a number is written out, as ioredis does", async () => {
  const fleet = memoryNodes(1);
  const redlock = new Redlock(fleet.connect());
  await redlock.acquire([42, 7n] as unknown as string[], 5_000);
  expect(stateOf(fleet)).toEqual([["42", "7"]]);
  await redlock.quit();
});

test.each(["{order:42}:line", "{order:42}:fence"])("%s is the bookkeeping of another resource", async (name) => {
  const fleet = memoryNodes(1);
  const redlock = new Redlock(fleet.connect());
  await expect(redlock.acquire([name], 1_000)).rejects.toThrow(RangeError);
  expect(stateOf(fleet)).toEqual([[]]);
  await redlock.quit();
});

describe("the setting db of @sesamecare-oss/redlock", () => {
  const client = (options: object) => new Redis({ lazyConnect: true, ...options });

  test("is refused where a client has selected another database, in the constructor and in a call", async () => {
    expect(() => new Redlock([client({ db: 2 }), client({})], { db: 2 })).toThrow(RangeError);
    expect(() => new Redlock([client({ db: 2 })], { db: 0 })).toThrow(/db is 0, but a client has selected database 2/);
    const redlock = new Redlock([client({})]);
    for (const call of [
      redlock.acquire(["a"], 1_000, { db: 1 }),
      redlock.using(["a"], 1_000, { db: 1 }, async () => {}),
      redlock.release(new Lock(redlock, ["a"], "a", [], 0), { db: 1 }),
    ]) {
      await expect(call).rejects.toThrow(RangeError);
    }
  });

  test("is taken where the clients have selected it", () => {
    expect(() => new Redlock([client({ db: 2 }), client({ db: 2 })], { db: 2 })).not.toThrow();
    expect(() => new Redlock([client({})], { db: 0 })).not.toThrow();
  });
});

test("the class is exported by name too", () => {
  expect(Redlock).toBe(RedlockByDefault);
});

describe("a waiter that never gives up", () => {
  test("keeps the votes of its last hundred tries, and no more", async () => {
    const fleet = memoryNodes(1);
    const redlock = new Redlock(fleet.connect(), { retryCount: -1, retryDelay: 0, retryJitter: 0 });
    const holder = await redlock.acquire(["a"], 60_000);
    let refusedCount = 0;
    redlock.on("error", () => {
      if (++refusedCount === 150) void holder.release();
    });
    const lock = await redlock.acquire(["a"], 5_000);
    expect(refusedCount).toBeGreaterThanOrEqual(150);
    expect(lock.attempts).toHaveLength(100);
    expect((await lock.attempts.at(-1))?.votesFor.size).toBe(1);
    await lock.release();
    await redlock.quit();
  });

  test("that gives up after many says how many they were", async () => {
    const redlock = new Redlock(memoryNodes(1).connect(), { retryCount: 119, retryDelay: 0, retryJitter: 0 });
    await redlock.acquire(["a"], 60_000);
    const error = await redlock.acquire(["a"], 60_000).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ cause: { message: expect.stringContaining("in the last of 120 tries") } });
    await redlock.quit();
  });
});
