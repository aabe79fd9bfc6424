import { QuorumUnavailableError, Redlock } from "@quorate/redlock";
import { expect, test } from "vitest";

import { memoryNodes } from "../../src/memory/memory-nodes.ts";

test("an app's test takes, extends and releases a lock without any Redis", async () => {
  const fleet = memoryNodes(5);
  const redlock = new Redlock(fleet.connect());
  const lock = await redlock.acquire("orders:42", 5000);
  await lock.extend(10_000);
  expect(lock.remainingMs()).toBeGreaterThan(9000);
  expect(await redlock.tryAcquire("orders:42", 1000)).toBeNull();
  expect(await lock.release()).toBe("released");
  await redlock.close();
  for (const { model } of fleet.nodes) expect(model.keyspace.names(Date.now())).toEqual(["{orders:42}:fence"]);
});

test("two pretended processes exclude each other", async () => {
  const fleet = memoryNodes(3);
  const [one, two] = [new Redlock(fleet.connect("one")), new Redlock(fleet.connect("two"))];
  const lock = await one.acquire("job", 5000);
  expect(await two.tryAcquire("job", 5000)).toBeNull();
  const waiting = two.acquire("job", 5000, { waitMs: 3000 });
  await lock.release();
  const next = await waiting;
  expect(next.fencingToken).toBeGreaterThan(lock.fencingToken ?? 0);
  await Promise.all([one.close(), two.close()]);
});

test("a minority may die, a majority may not", async () => {
  const fleet = memoryNodes(5);
  const redlock = new Redlock(fleet.connect());
  fleet.nodes[0]?.kill();
  fleet.nodes[1]?.kill();
  const lock = await redlock.acquire("job", 2000);
  await lock.release();
  fleet.nodes[2]?.kill();
  await expect(redlock.acquire("job", 2000, { waitMs: 0 })).rejects.toBeInstanceOf(QuorumUnavailableError);
  await redlock.close();
});

test("a partition that heals at the end of its scope makes one process lose its lock, not the other", async () => {
  const fleet = memoryNodes(3);
  const [one, two] = [new Redlock(fleet.connect("one")), new Redlock(fleet.connect("two"))];
  const lock = await one.acquire("job", 300, { autoExtend: true });
  {
    using cut = fleet.net.partition([0, 1, 2], { peers: ["one"] });
    expect(cut).toBeDefined();
    const next = await two.acquire("job", 300, { waitMs: 3000 });
    expect(lock.signal.aborted).toBe(true);
    expect(lock.isHeld()).toBe(false);
    await next.release();
  }
  await Promise.all([one.close(), two.close()]);
});

test("its nodes know what time it is", () => {
  for (const { clocks } of memoryNodes(3).nodes) expect(Math.abs(clocks.wallMs - Date.now())).toBeLessThan(50);
});
