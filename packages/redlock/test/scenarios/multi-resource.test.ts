/** Several resources in one lock: all of them or none. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ResourceLockedError } from "@quorate/redlock";
import { LockHistory, mutualExclusion, startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { deleteOn, range, setEverywhere, tokensOn } from "../support/on-nodes.ts";
import { until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const free = range(3).map(() => null);

describe("E1", () => {
  test("{a,b} and {b,a} by two callers, over and over: no deadlock, no overlap, nothing left", async () => {
    const history = new LockHistory();
    const [a, b] = ["E1:a", "E1:b"];
    const orders = [
      [a, b],
      [b, a],
    ] as const;
    const caller = async (name: string, resources: readonly string[]): Promise<void> => {
      await using redlock = connectTo(fleet.urls, { waitMs: 20_000 });
      for (let round = 0; round < 40; round++) {
        const attempt = history.attempt(name, resources);
        const lock = await redlock.acquire(resources, 10_000);
        const hold = attempt.granted(lock);
        await new Promise((resolve) => setImmediate(resolve));
        hold.released();
        await lock.release();
      }
    };
    await Promise.all(range(4).map((index) => caller(`caller ${index}`, orders[index % 2]!)));
    expect(mutualExclusion(history)).toMatchObject({ verdict: "ok" });
    await until(async () => (await fleet.lockKeys()).length === 0);
  });

  test("the same in one process stand in one line and cannot wait for each other", async () => {
    await using redlock = connectTo(fleet.urls, { waitMs: 20_000 });
    const orders = [
      ["E1:x", "E1:y"],
      ["E1:y", "E1:x"],
      ["E1:y", "E1:z"],
      ["E1:z", "E1:x"],
    ];
    await Promise.all(
      range(200).map(async (index) => {
        await using lock = await redlock.acquire(orders[index % 4]!, 10_000);
        expect(lock.resources).toEqual(orders[index % 4]);
      }),
    );
    await until(async () => (await fleet.lockKeys()).length === 0);
  });
});

describe("E2", () => {
  test("with b of {a,b,c} held, the refusal names b, and nothing is left on a and c", async () => {
    await using redlock = connectTo(fleet.urls);
    await using other = connectTo(fleet.urls);
    await using held = await other.acquire("E2:b", 20_000);
    await setEverywhere(fleet, held);
    const error = (await errorOf(
      redlock.acquire(["E2:a", "E2:b", "E2:c"], 20_000, { waitMs: 0 }),
    )) as ResourceLockedError;
    expect(error).toBeInstanceOf(ResourceLockedError);
    expect(error.lockedResource).toBe("E2:b");
    expect(error.message).toMatch(/^"E2:b" is held by someone else/);
    expect(error.remainingMs).toBeGreaterThan(10_000);
    expect(error.remainingMs).toBeLessThanOrEqual(20_000);
    expect(await tokensOn(fleet, "E2:a")).toEqual(free);
    expect(await tokensOn(fleet, "E2:c")).toEqual(free);
    expect(await redlock.tryAcquire(["E2:a", "E2:b", "E2:c"], 20_000)).toBeNull();
    await using rest = await redlock.acquire(["E2:a", "E2:c"], 20_000, { waitMs: 0 });
    expect(rest.isHeld()).toBe(true);
  });

  test("held on one node only, b does not stop the other two from a quorum of all three", async () => {
    await using redlock = connectTo(fleet.urls);
    await fleet.node(1).command("SET", "E2:q:b", "somebody-else", "PX", 20_000);
    await using lock = await redlock.acquire(["E2:q:a", "E2:q:b", "E2:q:c"], 20_000, { waitMs: 0 });
    expect(await tokensOn(fleet, "E2:q:b")).toEqual([lock.token, "somebody-else", lock.token]);
    expect(await tokensOn(fleet, "E2:q:a")).toEqual([lock.token, null, lock.token]);
  });

  test("a lock of three of which one was deleted by hand on a majority is lost as a whole", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire(["E2:l:a", "E2:l:b", "E2:l:c"], 20_000);
    await setEverywhere(fleet, lock);
    await deleteOn(fleet, [0, 1], "E2:l:b");
    await errorOf(lock.extend());
    expect(lock.isHeld()).toBe(false);
    await lock.release();
    await until(async () => (await fleet.lockKeys()).every(({ key }) => !key.startsWith("E2:l")));
  });
});
