/** What a quorum is, and what is left behind by whoever does not get one. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ResourceLockedError, type Lock } from "@quorate/redlock";
import { LockHistory, mutualExclusion, startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { occupy, range, tokensOn } from "../support/on-nodes.ts";
import { until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 7 });
});
afterAll(() => fleet.stop());

function subsetsOf(count: number): number[][] {
  return range(2 ** count).map((bits) => range(count).filter((node) => (bits & (1 << node)) !== 0));
}

/** A release resolves when a quorum has confirmed; the other nodes were asked at the same time. */
async function releaseEverywhere(lock: Lock): Promise<void> {
  await lock.release();
  await until(async () => !(await tokensOn(fleet, lock.resources[0]!)).includes(lock.token));
}

describe("A1", () => {
  test.each([1, 2, 3, 4, 5, 6, 7])(
    "of %i nodes, a strict majority must be free, whichever they are; else nothing is left",
    async (count) => {
      await using redlock = connectTo(fleet.urls.slice(0, count));
      const wrong: string[] = [];
      await Promise.all(
        subsetsOf(count).map(async (taken) => {
          const resource = `A1:${count}:${taken.join("+")}`;
          await occupy(fleet, taken, resource);
          const outcome = await redlock.acquire(resource, 30_000, { waitMs: 0 }).catch((error: unknown) => error);
          const isWon = !(outcome instanceof Error);
          if (isWon !== count - taken.length >= Math.floor(count / 2) + 1)
            wrong.push(`${resource}: ${String(outcome)}`);
          if (!isWon && !(outcome instanceof ResourceLockedError)) wrong.push(`${resource}: ${String(outcome)}`);
          if (isWon) await releaseEverywhere(outcome as Lock);
          const left = (await tokensOn(fleet, resource)).map((token, node) => token ?? `free ${node}`);
          const expected = range(7).map((node) => (taken.includes(node) ? "somebody-else" : `free ${node}`));
          if (left.join() !== expected.join()) wrong.push(`${resource}: left ${left.join()}`);
        }),
      );
      expect(wrong).toEqual([]);
    },
  );
});

describe("A4", () => {
  test.each([2, 4, 6])("half of %i nodes is no quorum, and that is known at once", async (count) => {
    await using redlock = connectTo(fleet.urls.slice(0, count), { nodeTimeoutMs: 20_000 });
    const resource = `A4:${count}`;
    await occupy(fleet, range(count / 2), resource);
    const startedAtMs = performance.now();
    const error = await errorOf(redlock.acquire(resource, 30_000, { waitMs: 0 }));
    expect(error).toBeInstanceOf(ResourceLockedError);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
    expect(await redlock.tryAcquire(resource, 30_000)).toBeNull();
  });
});

describe("A8", () => {
  test("what a minority granted is gone the moment acquire rejects", async () => {
    await using redlock = connectTo(fleet.urls.slice(0, 5));
    const resources = range(50).map((index) => `A8:${index}`);
    await Promise.all(resources.map((resource) => occupy(fleet, [1, 2, 4], resource)));
    const left = await Promise.all(
      resources.map(async (resource) => {
        await errorOf(redlock.acquire(resource, 30_000, { waitMs: 0 }));
        return tokensOn(fleet, resource);
      }),
    );
    const other = "somebody-else";
    expect(new Set(left.map((tokens) => tokens.join()))).toEqual(
      new Set([[null, other, other, null, other, null, null].join()]),
    );
  });

  test("a waiter that gives up leaves nothing either", async () => {
    await using redlock = connectTo(fleet.urls.slice(0, 5), { retryDelayMs: 5, retryMaxDelayMs: 10 });
    await occupy(fleet, [0, 2, 3], "A8:waiter");
    const error = await errorOf(redlock.acquire("A8:waiter", 30_000, { waitMs: 100 }));
    expect(error).toBeInstanceOf(ResourceLockedError);
    expect((await tokensOn(fleet, "A8:waiter")).filter((token) => token !== null)).toEqual(
      range(3).map(() => "somebody-else"),
    );
  });
});

describe("A17", () => {
  test("of 200 callers over five nodes never two are inside, all finish, and nothing is left", async () => {
    const redlocks = range(4).map(() =>
      connectTo(fleet.urls.slice(0, 5), { waitMs: 25_000, retryDelayMs: 5, retryMaxDelayMs: 60 }),
    );
    const history = new LockHistory();
    let insideCount = 0;
    let mostInside = 0;
    await Promise.all(
      range(200).map(async (caller) => {
        const attempt = history.attempt(`caller ${caller}`, "A17");
        const lock = await redlocks[caller % 4]!.acquire("A17", 5_000);
        const hold = attempt.granted(lock);
        mostInside = Math.max(mostInside, ++insideCount);
        await new Promise((resolve) => setImmediate(resolve));
        insideCount--;
        hold.released();
        await lock.release();
      }),
    );
    expect(mostInside).toBe(1);
    expect(mutualExclusion(history)).toMatchObject({ verdict: "ok" });
    await Promise.all(redlocks.map((redlock) => redlock.close()));
    expect(await tokensOn(fleet, "A17")).toEqual(range(7).map(() => null));
  });
});
