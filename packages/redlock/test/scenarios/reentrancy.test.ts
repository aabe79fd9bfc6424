/** One owner, asking for what it has: the owner is the async context of a `using` routine. */
import { AsyncResource, executionAsyncResource } from "node:async_hooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LockLostError, ResourceLockedError, type Lock } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { commandCount } from "../support/commands.ts";
import { connectTo } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { deleteOn, lifeOn, range, setEverywhere, tokensOn } from "../support/on-nodes.ts";
import { until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const free = range(3).map(() => null);
/** No third of it falls into a test: nothing is extended unasked. */
const ttlMs = 60_000;

describe("E3", () => {
  test("a nested using of the same resource runs at once, and no node is asked anything", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true });
    const order: string[] = [];
    await redlock.using("E3", ttlMs, async (_signal, outer) => {
      await setEverywhere(fleet, outer);
      const before = await commandCount(fleet);
      await redlock.using("E3", ttlMs, async (_inner, inner) => {
        order.push("inner");
        expect(inner.token).toBe(outer.token);
        expect(inner.fencingToken).toBe(outer.fencingToken);
        const third = await redlock.acquire("E3", ttlMs);
        expect(await redlock.tryAcquire("E3", ttlMs)).not.toBeNull();
        expect(await third.release()).toBe("released");
      });
      order.push("outer");
      expect(await commandCount(fleet)).toBe(before);
      expect(outer.isHeld()).toBe(true);
    });
    expect(order).toEqual(["inner", "outer"]);
  });

  test("the lock is released once, at the outermost end", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true });
    let releasedCount = 0;
    redlock.on("released", () => releasedCount++);
    await redlock.using("E3:end", ttlMs, async (_signal, outer) => {
      await setEverywhere(fleet, outer);
      await redlock.using("E3:end", ttlMs, async () => {
        await redlock.using("E3:end", ttlMs, async () => undefined);
      });
      expect(releasedCount).toBe(0);
      expect(await tokensOn(fleet, "E3:end")).toEqual(range(3).map(() => outer.token));
    });
    expect(releasedCount).toBe(1);
    await until(async () => (await tokensOn(fleet, "E3:end")).every((token) => token === null));
  });

  test("part of the resources, in any order, is the owner's too; one more than it has is not", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true, waitMs: 0 });
    await redlock.using(["E3:a", "E3:b"], ttlMs, async (_signal, outer) => {
      await redlock.using("E3:b", ttlMs, async (_inner, inner) => expect(inner.token).toBe(outer.token));
      await redlock.using(["E3:b", "E3:a"], ttlMs, async (_inner, inner) => expect(inner.token).toBe(outer.token));
      expect(await errorOf(redlock.acquire(["E3:b", "E3:c"], ttlMs))).toBeInstanceOf(ResourceLockedError);
      await redlock.using("E3:c", ttlMs, async (_inner, inner) => {
        expect(inner.token).not.toBe(outer.token);
        await redlock.using("E3:a", ttlMs, async (_third, third) => expect(third.token).toBe(outer.token));
      });
    });
  });

  test("the inner routine's signal aborts when the lock is lost", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true });
    await redlock.using("E3:lost", ttlMs, async (outerSignal, outer) => {
      await setEverywhere(fleet, outer);
      await redlock.using("E3:lost", ttlMs, async (innerSignal, inner) => {
        await deleteOn(fleet, [0, 1, 2], "E3:lost");
        await errorOf(inner.extend());
        expect([outerSignal.aborted, innerSignal.aborted]).toEqual([true, true]);
        expect([outer.isHeld(), inner.isHeld()]).toEqual([false, false]);
      });
    });
  });

  test("control: without `reentrant` the inner one waits for its own outer one, and is refused", async () => {
    await using redlock = connectTo(fleet.urls);
    await redlock.using("E3:off", ttlMs, async () => {
      const error = await errorOf(redlock.using("E3:off", ttlMs, { waitMs: 50 }, async () => undefined));
      expect(error).toBeInstanceOf(ResourceLockedError);
    });
  });
});

describe("E4", () => {
  test("another async context of the same process waits: it is another owner", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true, waitMs: 20_000 });
    const elsewhere = new AsyncResource("elsewhere");
    const order: string[] = [];
    let other: Promise<void> | undefined;
    await redlock.using("E4", ttlMs, async (_signal, outer) => {
      other = elsewhere.runInAsyncScope(() =>
        redlock.using("E4", ttlMs, async (_other, lock) => {
          order.push("other");
          expect(lock.token).not.toBe(outer.token);
        }),
      );
      const refused = elsewhere.runInAsyncScope(() => redlock.tryAcquire("E4", ttlMs));
      expect(await refused).toBeNull();
      await redlock.using("E4", ttlMs, async () => order.push("inner"));
      order.push("outer");
    });
    await other;
    expect(order).toEqual(["inner", "outer", "other"]);
  });

  test("two routines of one process never share a lock, however they are interleaved", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true, waitMs: 20_000 });
    let insideCount = 0;
    const tokens = new Set<string>();
    await Promise.all(
      range(20).map(() =>
        redlock.using("E4:many", ttlMs, async (_signal, outer) => {
          expect(insideCount++).toBe(0);
          await redlock.using("E4:many", ttlMs, async (_inner, inner) => expect(inner.token).toBe(outer.token));
          tokens.add(outer.token);
          insideCount--;
        }),
      ),
    );
    expect(tokens.size).toBe(20);
  });

  test("a lock from a bare acquire makes nobody an owner: its caller has no end", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true });
    await using held = await redlock.acquire("E4:bare", ttlMs);
    expect(await redlock.tryAcquire("E4:bare", ttlMs)).toBeNull();
    expect(held.isHeld()).toBe(true);
  });

  test("a context ends with its routine: what it started and left behind is another owner afterwards", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true, waitMs: 0 });
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let straggler: Promise<Error> | undefined;
    await redlock.using("E4:straggler", ttlMs, async () => {
      straggler = gate.then(() => errorOf(redlock.acquire("E4:straggler", ttlMs)));
    });
    await using next = await redlock.acquire("E4:straggler", ttlMs, { waitMs: 10_000 });
    open();
    expect(await straggler).toBeInstanceOf(ResourceLockedError);
    expect(next.isHeld()).toBe(true);
  });
});

describe("E5", () => {
  test("an inner one that wants a longer TTL extends the lock on the nodes, and the outer one sees it", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true });
    await redlock.using("E5", ttlMs, async (_signal, outer) => {
      await setEverywhere(fleet, outer);
      await redlock.using("E5", 5 * ttlMs, async (_inner, inner) => {
        expect(inner.ttlMs).toBe(5 * ttlMs);
        await until(async () => (await lifeOn(fleet, "E5")).every((lifeMs) => lifeMs > 4 * ttlMs));
      });
      expect(outer.ttlMs).toBe(5 * ttlMs);
      expect(outer.remainingMs()).toBeGreaterThan(4 * ttlMs);
    });
  });

  test("a shorter TTL shortens nothing, and asks nobody", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true });
    await redlock.using("E5:short", ttlMs, async (_signal, outer) => {
      await setEverywhere(fleet, outer);
      const before = await commandCount(fleet);
      await redlock.using("E5:short", 100, async () => expect(outer.remainingMs()).toBeGreaterThan(ttlMs / 2));
      expect(await commandCount(fleet)).toBe(before);
      expect(outer.ttlMs).toBe(ttlMs);
    });
  });

  test("an extension that no quorum confirms refuses the inner one, and the outer one keeps what it has", async () => {
    await using own = await startFleet({ nodes: 3 });
    await using redlock = connectTo(own.urls, { reentrant: true });
    await redlock.using("E5:cut", ttlMs, { nodeTimeoutMs: 200 }, async (signal, outer) => {
      await Promise.all([own.node(0).pause(), own.node(1).pause()]);
      const error = await errorOf(redlock.using("E5:cut", 5 * ttlMs, async () => undefined));
      expect(error).toMatchObject({ code: "QUORUM_UNAVAILABLE" });
      expect([outer.isHeld(), signal.aborted]).toEqual([true, false]);
      own.node(0).resume();
      own.node(1).resume();
    });
    await until(async () => (await own.lockKeys()).length === 0);
  });
});

describe("E6", () => {
  test("an inner one that is released twice ends itself once, and the outer one still holds", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true });
    await redlock.using("E6", ttlMs, async (_signal, outer) => {
      await setEverywhere(fleet, outer);
      const inner = await redlock.acquire("E6", ttlMs);
      expect(await inner.release()).toBe("released");
      expect(await inner.release()).toBe("already-released");
      expect(await inner.release()).toBe("already-released");
      expect([inner.isHeld(), outer.isHeld()]).toEqual([false, true]);
      expect(await errorOf(inner.extend())).toBeInstanceOf(LockLostError);
      expect(await tokensOn(fleet, "E6")).toEqual(range(3).map(() => outer.token));
      // The count did not go below what it was: a next one is still an inner one.
      await redlock.using("E6", ttlMs, async (_inner, next) => expect(next.token).toBe(outer.token));
      expect(outer.isHeld()).toBe(true);
    });
    await until(async () => (await tokensOn(fleet, "E6")).every((token) => token === null));
  });

  test("an outer one that ends before an inner one leaves it the lock; the last to end releases it, once", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true });
    let releasedCount = 0;
    redlock.on("released", () => releasedCount++);
    let inner: Lock | undefined;
    let outer: Lock | undefined;
    await redlock.using("E6:last", ttlMs, async (_signal, lock) => {
      outer = lock;
      await setEverywhere(fleet, lock);
      inner = await redlock.acquire("E6:last", ttlMs);
    });
    expect([outer!.isHeld(), inner!.isHeld()]).toEqual([false, true]);
    expect(releasedCount).toBe(0);
    expect(await tokensOn(fleet, "E6:last")).toEqual(range(3).map(() => inner!.token));
    expect(await inner!.release()).toBe("released");
    expect(await outer!.release()).toBe("already-released");
    expect(inner!.isHeld()).toBe(false);
    expect(releasedCount).toBe(1);
    await until(async () => (await tokensOn(fleet, "E6:last")).every((token) => token === null));
  });

  test("an inner one is not held when the lock is gone, and its release says so and frees nobody else's", async () => {
    await using redlock = connectTo(fleet.urls, { reentrant: true });
    await using other = connectTo(fleet.urls);
    let inner: Lock | undefined;
    let next: Lock | undefined;
    await redlock.using("E6:gone", ttlMs, async (_signal, outer) => {
      await setEverywhere(fleet, outer);
      inner = await redlock.acquire("E6:gone", ttlMs);
      await deleteOn(fleet, [0, 1, 2], "E6:gone");
      await errorOf(outer.extend());
      expect(inner.isHeld()).toBe(false);
      expect(() => inner!.assertHeld()).toThrow(LockLostError);
      next = await other.acquire("E6:gone", ttlMs);
      await setEverywhere(fleet, next);
      // Lost, so no longer an owner: it would wait as everybody does.
      expect(await redlock.tryAcquire("E6:gone", ttlMs)).toBeNull();
    });
    expect(await inner!.release()).toBe("lost");
    expect(await tokensOn(fleet, "E6:gone")).toEqual(range(3).map(() => next!.token));
    await next!.release();
  });

  test("closing releases the lock under all its handles", async () => {
    const redlock = connectTo(fleet.urls, { reentrant: true });
    await redlock.using("E6:closed", ttlMs, async (_signal, outer) => {
      await setEverywhere(fleet, outer);
      const inner = await redlock.acquire("E6:closed", ttlMs);
      await redlock.close();
      expect([outer.isHeld(), inner.isHeld()]).toEqual([false, false]);
      expect(await tokensOn(fleet, "E6:closed")).toEqual(free);
    });
  });
});

test("a program that makes a Redlock for each request keeps no async context for each of them", async () => {
  const contextsOfThis = (): number => Object.getOwnPropertySymbols(executionAsyncResource()).length;
  const before = contextsOfThis();
  for (const index of range(10)) {
    await using redlock = connectTo(fleet.urls, { reentrant: true });
    await redlock.using(`E3:request:${index}`, ttlMs, async () => undefined);
  }
  new AsyncResource("request").runInAsyncScope(() => {
    expect(contextsOfThis()).toBeLessThanOrEqual(before + 1);
  });
});
