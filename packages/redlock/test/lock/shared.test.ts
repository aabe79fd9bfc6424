/** Readers beside each other, never beside a writer: on real servers. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lock, type Redlock, ResourceLockedError } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { until } from "../support/until.ts";

const SHARED = { shared: true } as const;

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

const isLocked = (lock: Promise<Lock | null>) => lock.then((won) => won === null);

test("readers hold it together, a writer waits for the last of them, and readers for the writer", () =>
  inFleet(async (one, other) => {
    const first = await one.acquire("a", 5_000, SHARED);
    const second = await other.acquire("a", 10_000, SHARED);
    expect([first.mode, first.permits, second.isHeld()]).toEqual(["shared", [], true]);
    const error = (await errorOf(one.acquire("a", 5_000, { waitMs: 0 }))) as ResourceLockedError;
    expect(error).toBeInstanceOf(ResourceLockedError);
    expect([error.code, error.mode]).toEqual(["RESOURCE_LOCKED", "shared"]);
    await first.release();
    expect(await isLocked(one.tryAcquire("a", 5_000))).toBe(true);
    await second.release();
    const writer = (await one.tryAcquire("a", 5_000))!;
    expect(writer.mode).toBe("exclusive");
    expect(writer.fencingToken!).toBeGreaterThan(Math.max(first.fencingToken!, second.fencingToken!));
    expect(await isLocked(other.tryAcquire("a", 5_000, SHARED))).toBe(true);
    await writer.release();
    const third = (await other.tryAcquire("a", 5_000, SHARED))!;
    expect(third.fencingToken!).toBeGreaterThan(writer.fencingToken!);
    await third.release();
    await until(async () => (await keysOn()).every((keys) => keys.every((key) => /fence|life|buried/.test(key))));
  }));

test("each reader has its own end: one that dies ends by its own, whoever goes on", () =>
  inFleet(async (one, other) => {
    const long = await one.acquire("a", 20_000, SHARED);
    const short = await other.acquire("a", 300, SHARED);
    expect(short.mode).toBe("shared");
    await until(async () => (await one.inspect("a")).nodes.every(({ holders }) => holders.length === 1));
    expect((await one.inspect("a")).nodes[0]!.holders[0]!.token).toBe(long.token);
    await long.release();
    await until(async () => !(await isLocked(one.tryAcquire("a", 1_000))));
  }));

test("a reader who comes after a waiting writer gets in behind it", () =>
  inFleet(async (one, other) => {
    const order: string[] = [];
    const first = await one.acquire("a", 20_000, SHARED);
    const writer = other.acquire("a", 20_000, { waitMs: 20_000 }).then((lock) => (order.push("writer"), lock));
    await until(async () => (await one.inspect("a")).nodes.every(({ waiterCount }) => waiterCount === 1));
    expect(await isLocked(one.tryAcquire("a", 5_000, SHARED))).toBe(true);
    const reader = one.acquire("a", 20_000, { ...SHARED, waitMs: 20_000 }).then((lock) => (order.push("reader"), lock));
    await sleep(50);
    await first.release();
    await (await writer).release();
    await (await reader).release();
    expect(order).toEqual(["writer", "reader"]);
  }));

test("who waits for several, and is kept out of one by a writer, keeps nobody from the others", () =>
  inFleet(async (one, other) => {
    const reader = await one.acquire("a", 20_000, SHARED);
    const waitersAt = (name: string, count: number) =>
      until(async () => (await one.inspect(name)).nodes.every(({ waiterCount }) => waiterCount === count));
    const writer = other.acquire("a", 20_000, { waitMs: 20_000 });
    await waitersAt("a", 1);
    const both = other.acquire(["a", "b"], 20_000, { shared: ["a"], waitMs: 20_000 });
    await waitersAt("b", 1);
    // The reader goes on to "b", and all of them wait for the reader.
    await (await one.acquire("b", 5_000, { waitMs: 5_000 })).release();
    await reader.release();
    await (await writer).release();
    await (await both).release();
  }));

test("share() lets readers in, and no writer between; the lock is extended as one who shares", () =>
  inFleet(async (one, other) => {
    const lock = await one.acquire("a", 5_000);
    const reader = other.acquire("a", 5_000, { ...SHARED, waitMs: 5_000 });
    await until(async () => (await one.inspect("a")).nodes.every(({ waiterCount }) => waiterCount === 1));
    await lock.share();
    expect(lock.mode).toBe("shared");
    const inside = await reader;
    expect([lock.isHeld(), inside.isHeld()]).toEqual([true, true]);
    expect(await isLocked(other.tryAcquire("a", 5_000))).toBe(true);
    await lock.extend(8_000);
    await inside.extend();
    await lock.share();
    expect(await lock.release()).toBe("released");
    expect(await isLocked(other.tryAcquire("a", 5_000))).toBe(true);
    expect(await inside.release()).toBe("released");
    await (await other.acquire("a", 5_000)).release();
  }));

test("a plain SET NX of another library and readers keep each other out", () =>
  inFleet(async (one) => {
    const lock = await one.acquire("a", 5_000, SHARED);
    await until(async () => (await one.inspect("a")).nodes.every(({ mode }) => mode === "shared"));
    for (const server of fleet.servers) expect(await server.command("SET", "a", "mine", "NX", "PX", "5000")).toBe(null);
    await lock.release();
    await until(async () => (await one.inspect("a")).nodes.every(({ token }) => token === undefined));
    for (const server of fleet.servers) await server.command("SET", "a", "mine", "NX", "PX", "5000");
    expect(await isLocked(one.tryAcquire("a", 5_000, SHARED))).toBe(true);
  }));

test("some of the resources are shared, all or none", () =>
  inFleet(async (one, other) => {
    const mixed = { shared: ["b"] };
    const lock = await one.acquire(["a", "b"], 5_000, mixed);
    const reader = (await other.tryAcquire("b", 5_000, SHARED))!;
    expect(await isLocked(other.tryAcquire("b", 5_000))).toBe(true);
    expect(await isLocked(other.tryAcquire("a", 5_000, SHARED))).toBe(true);
    expect(await isLocked(other.tryAcquire(["b", "a"], 5_000, mixed))).toBe(true);
    await lock.extend(6_000);
    await lock.release();
    const next = (await other.tryAcquire(["b", "a"], 5_000, mixed))!;
    await next.release();
    await reader.release();
    await (await other.acquire(["a", "b"], 5_000)).release();
  }));

test("a node that lost the hold is healed by the next extension", () =>
  inFleet(async (one, other) => {
    const lock = await one.acquire("a", 20_000, SHARED);
    await until(async () => (await one.inspect("a")).nodes.every(({ mode }) => mode === "shared"));
    await fleet.servers[0]!.command("FLUSHALL");
    await lock.extend();
    await until(async () => (await one.inspect("a")).nodes.every(({ holders }) => holders.length === 1));
    expect(await isLocked(other.tryAcquire("a", 5_000))).toBe(true);
    await lock.release();
  }));

test("one who shares is adopted as one who shares, by version 2", () =>
  inFleet(async (one, other) => {
    const handed = (await one.acquire("a", 5_000, SHARED)).handOver();
    expect([handed.version, handed.shared]).toEqual([2, [0]]);
    const lock = await other.adopt(structuredClone(handed));
    expect(lock.mode).toBe("shared");
    const beside = await one.acquire("a", 5_000, SHARED);
    await lock.release();
    await beside.release();
    await (await one.acquire("a", 5_000)).release();
  }));

test("who shares it and wants it alone inside is told at once", () =>
  inFleet(async (one) => {
    const reentrant = { ...SHARED, reentrant: true };
    await one.using("a", 5_000, reentrant, async (_signal, outer) => {
      const error = await errorOf(one.acquire("a", 5_000, { reentrant: true }));
      expect((error as ResourceLockedError).code).toBe("WOULD_WAIT_FOR_ITSELF");
      const nested = await one.acquire("a", 5_000, reentrant);
      await nested.release();
      expect(outer.isHeld()).toBe(true);
    });
  }));

test("of a lock that shares a part the caller may have each part again as it has it, and the shared one not alone", () =>
  inFleet(async (one) => {
    const mixed = { shared: ["b"], reentrant: true };
    await one.using(["a", "b"], 5_000, mixed, async () => {
      for (const again of [
        one.acquire(["a", "b"], 5_000, mixed),
        one.acquire("a", 5_000, { reentrant: true }),
        one.acquire("b", 5_000, { ...SHARED, reentrant: true }),
      ]) {
        await (await again).release();
      }
      for (const alone of [
        one.acquire("b", 5_000, { reentrant: true }),
        one.acquire(["a", "b"], 5_000, { shared: ["a"], reentrant: true }),
      ]) {
        expect(((await errorOf(alone)) as ResourceLockedError).code).toBe("WOULD_WAIT_FOR_ITSELF");
      }
    });
  }));

test("readers of one process ask together", () =>
  inFleet(async (one) => {
    const locks = await Promise.all(Array.from({ length: 50 }, () => one.acquire("a", 20_000, SHARED)));
    expect(locks.every((lock) => lock.isHeld())).toBe(true);
    const writer = one.acquire("a", 5_000, { waitMs: 20_000 });
    await Promise.all(locks.map((lock) => lock.release()));
    await (await writer).release();
  }));

async function keysOn(): Promise<string[][]> {
  return Promise.all(fleet.servers.map((server) => server.command("KEYS", "*") as Promise<string[]>));
}
