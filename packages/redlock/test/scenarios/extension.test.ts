/** More time for a held lock: set, never added; lengthened, never revived. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LockLostError } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { callsOf, deleteOn, lifeOn, range, setEverywhere, tokensOn } from "../support/on-nodes.ts";
import { atSomePace, TooBusy } from "../support/pace.ts";
import { pause, until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const free = range(3).map(() => null);

describe("C1", () => {
  test("an extension sets the time to live on every node that holds the key, and adds nothing to it", async () => {
    await using redlock = connectTo(fleet.urls);
    await using lock = await redlock.acquire("C1", 20_000);
    await setEverywhere(fleet, lock);
    await lock.extend(30_000);
    await lock.extend(30_000);
    await until(async () => (await lifeOn(fleet, "C1")).every((ms) => ms > 20_000));
    expect(Math.max(...(await lifeOn(fleet, "C1")))).toBeLessThanOrEqual(30_000);
    expect(lock.ttlMs).toBe(30_000);
    expect(lock.remainingMs()).toBeLessThanOrEqual(30_000 - 302);
    expect(lock.remainingMs()).toBeGreaterThan(20_000);
  });

  test("a shorter one cuts nothing", async () => {
    await using redlock = connectTo(fleet.urls);
    await using lock = await redlock.acquire("C1:shorter", 30_000);
    await setEverywhere(fleet, lock);
    await lock.extend(1_000);
    expect(Math.min(...(await lifeOn(fleet, "C1:shorter")))).toBeGreaterThan(20_000);
    expect(lock.remainingMs()).toBeGreaterThan(20_000);
  });

  test("its validity counts from the start of its round, not from the answers", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 5_000 });
    await using lock = await redlock.acquire("C1:slow", 3_000);
    await setEverywhere(fleet, lock);
    await Promise.all(fleet.servers.map((server) => server.pause()));
    const extending = lock.extend(4_000);
    await pause(300);
    for (const server of fleet.servers) server.resume();
    await extending;
    expect(lock.remainingMs()).toBeLessThanOrEqual(4_000 - 42 - 299);
    // The nodes began to count later, so they keep the keys for longer than the holder relies on them.
    expect(Math.min(...(await lifeOn(fleet, "C1:slow")).toSorted((a, b) => b - a).slice(0, 2))).toBeGreaterThan(
      lock.remainingMs(),
    );
  });
});

describe("C2", () => {
  test("an extension of what has ended by its TTL is lost, and makes no key", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("C2:ended", 100);
    await until(async () => (await tokensOn(fleet, "C2:ended")).every((token) => token === null));
    expect(await errorOf(lock.extend())).toBeInstanceOf(LockLostError);
    expect(await tokensOn(fleet, "C2:ended")).toEqual(free);
    expect(() => lock.assertHeld()).toThrow(LockLostError);
    expect(lock.signal.aborted).toBe(true);
    expect(lock.signal.reason).toBeInstanceOf(LockLostError);
  });

  test("an extension of what was deleted everywhere is lost, and makes no key", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("C2:deleted", 20_000);
    await setEverywhere(fleet, lock);
    await deleteOn(fleet, range(3), "C2:deleted");
    const error = await errorOf(lock.extend());
    expect(error).toBeInstanceOf(LockLostError);
    expect(error.message).toMatch(/stop writing/);
    expect(lock.isHeld()).toBe(false);
    expect(await tokensOn(fleet, "C2:deleted")).toEqual(free);
  });

  test("an extension of what somebody else holds by now is lost, and leaves the other's keys alone", async () => {
    await using a = connectTo(fleet.urls);
    await using b = connectTo(fleet.urls);
    const first = await a.acquire("C2:other", 20_000);
    await setEverywhere(fleet, first);
    await deleteOn(fleet, range(3), "C2:other");
    await using second = await b.acquire("C2:other", 20_000);
    await setEverywhere(fleet, second);
    expect(await errorOf(first.extend(60_000))).toBeInstanceOf(LockLostError);
    expect(await tokensOn(fleet, "C2:other")).toEqual(range(3).map(() => second.token));
    expect(Math.max(...(await lifeOn(fleet, "C2:other")))).toBeLessThanOrEqual(20_000);
    expect(second.isHeld()).toBe(true);
  });

  test("an extension of what was released is refused without asking anybody", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("C2:released", 20_000);
    await lock.release();
    await until(async () => (await tokensOn(fleet, "C2:released")).every((token) => token === null));
    const before = await callsOf(fleet, "evalsha");
    expect((await errorOf(lock.extend())).message).toMatch(/was released/);
    expect(await callsOf(fleet, "evalsha")).toEqual(before);
  });
});

describe("C3", () => {
  test("with one node's key gone an extension succeeds without it, and afterwards the node has the key again", async () => {
    await using redlock = connectTo(fleet.urls);
    await using lock = await redlock.acquire("C3", 20_000);
    await setEverywhere(fleet, lock);
    await deleteOn(fleet, [0], "C3");
    await lock.extend();
    await setEverywhere(fleet, lock);
    expect(lock.isHeld()).toBe(true);
    expect((await lifeOn(fleet, "C3"))[0]).toBeGreaterThan(10_000);
  });

  test("a key that was made again does not count until a quorum that never lost it has confirmed", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("C3:doubtful", 20_000);
    await setEverywhere(fleet, lock);
    await deleteOn(fleet, [0], "C3:doubtful");
    await lock.extend();
    await setEverywhere(fleet, lock);
    await deleteOn(fleet, [1], "C3:doubtful");
    expect(await errorOf(lock.extend())).toBeInstanceOf(LockLostError);
  });

  test("once it was confirmed, the key that was made again counts like the others", async () => {
    await using redlock = connectTo(fleet.urls);
    await using lock = await redlock.acquire("C3:trusted", 20_000);
    await setEverywhere(fleet, lock);
    await deleteOn(fleet, [0], "C3:trusted");
    await lock.extend();
    await setEverywhere(fleet, lock);
    await lock.extend();
    // The third node's answer may come after the quorum's; one more round is behind it.
    await until(async () => (await redlock.inspect("C3:trusted")).nodes.every((node) => node.answered));
    await deleteOn(fleet, [1], "C3:trusted");
    await lock.extend();
    expect(lock.isHeld()).toBe(true);
  });

  test("a node where somebody else got in meanwhile is not taken back", async () => {
    await using redlock = connectTo(fleet.urls);
    await using lock = await redlock.acquire("C3:taken", 20_000);
    await setEverywhere(fleet, lock);
    await fleet.node(2).command("SET", "C3:taken", "somebody-else", "PX", 20_000);
    await lock.extend();
    await lock.extend();
    expect(await tokensOn(fleet, "C3:taken")).toEqual([lock.token, lock.token, "somebody-else"]);
  });
});

describe("C4", () => {
  test("when a majority lost the key the lock is lost now, and its keys are not made again", async () => {
    await using redlock = connectTo(fleet.urls);
    const lost: string[] = [];
    redlock.on("lost", ({ reason }) => lost.push(reason));
    const lock = await redlock.acquire("C4", 20_000, { autoExtend: true });
    await setEverywhere(fleet, lock);
    await deleteOn(fleet, [0, 2], "C4");
    const error = await errorOf(lock.extend());
    expect(error).toBeInstanceOf(LockLostError);
    expect(lock.isHeld()).toBe(false);
    expect(lock.remainingMs()).toBe(0);
    expect(lock.signal.aborted).toBe(true);
    expect(lost).toEqual(["keys-gone"]);
    await errorOf(lock.extend());
    expect(await tokensOn(fleet, "C4")).toEqual([null, lock.token, null]);
    expect(await lock.release()).toBe("lost");
    await until(async () => (await tokensOn(fleet, "C4")).every((token) => token === null));
  });
});

describe("C5", () => {
  test(
    "for five TTLs of auto-extension nobody else gets in, at about one round per third of the TTL",
    () =>
      atSomePace([600, 2_400, 9_600], async (ttlMs) => {
        await using redlock = connectTo(fleet.urls);
        // However late the nodes answer, they say that it is held.
        await using other = connectTo(fleet.urls, { nodeTimeoutMs: 5_000 });
        let extendedCount = 0;
        redlock.on("extended", () => extendedCount++);
        let tryCount = 0;
        await redlock.using("C5", ttlMs, async (signal, lock) => {
          const untilMs = performance.now() + 5 * ttlMs;
          while (performance.now() < untilMs) {
            await using next = await other.tryAcquire("C5", ttlMs);
            // Lost by whoever stood still for too long; nobody got in before that was known.
            if (!lock.isHeld()) throw new TooBusy(String(signal.reason));
            expect(next).toBeNull();
            tryCount++;
            await pause(5);
          }
          expect(signal.aborted).toBe(false);
        });
        expect(extendedCount).toBeLessThanOrEqual(25);
        if (tryCount <= 20 || extendedCount < 6) throw new TooBusy(`${tryCount} tries, ${extendedCount} extensions`);
      }),
    120_000,
  );

  test("acquire alone extends nothing: the lock ends at the end of its validity", async () => {
    await using redlock = connectTo(fleet.urls);
    const lock = await redlock.acquire("C5:bare", 200);
    await until(() => lock.signal.aborted);
    expect(lock.isHeld()).toBe(false);
    await until(async () => (await tokensOn(fleet, "C5:bare")).every((token) => token === null));
  });
});

describe("C11", () => {
  test("with a TTL of 30 days nothing is extended in vain", async () => {
    await using redlock = connectTo(fleet.urls);
    let extendedCount = 0;
    redlock.on("extended", () => extendedCount++);
    const before = await callsOf(fleet, "evalsha");
    await redlock.using("C11:long", 30 * 24 * 3_600 * 1_000, async (_signal, lock) => {
      await pause(300);
      expect(lock.isHeld()).toBe(true);
      expect(lock.remainingMs()).toBeGreaterThan(29 * 24 * 3_600 * 1_000);
    });
    expect(extendedCount).toBe(0);
    const calls = (await callsOf(fleet, "evalsha")).map((count, node) => count - before[node]!);
    expect(Math.max(...calls)).toBeLessThanOrEqual(3);
  });

  test("with a TTL of 40 ms the extension rounds stay in proportion", async () => {
    await using redlock = connectTo(fleet.urls);
    let extendedCount = 0;
    redlock.on("extended", () => extendedCount++);
    const startedAtMs = performance.now();
    await redlock.using("C11:short", 40, (signal) =>
      // On a machine that is busy for longer than the margin the lock is lost, and that is right.
      Promise.race([pause(1_000), new Promise((resolve) => signal.addEventListener("abort", resolve))]),
    );
    const elapsedMs = performance.now() - startedAtMs;
    expect(extendedCount).toBeLessThanOrEqual(10 + (elapsedMs / 40) * 10);
  });
});

describe("C14", () => {
  test(
    "after maxHoldMs nothing is extended any more, and the signal aborts at the end of validity",
    () =>
      atSomePace([400, 1_600, 6_400], async (ttlMs) => {
        await using redlock = connectTo(fleet.urls);
        const validUntilMs: number[] = [];
        redlock.on("extended", () => validUntilMs.push(performance.now() + lock.remainingMs()));
        const startedAtMs = performance.now();
        const lock = await redlock.acquire("C14", ttlMs, { autoExtend: true, maxHoldMs: 2 * ttlMs });
        const heldAtMs = performance.now();
        await until(() => lock.signal.aborted, 10 * ttlMs);
        // The last extension began before maxHoldMs was over.
        expect(Math.max(...validUntilMs) - heldAtMs).toBeLessThan(3 * ttlMs);
        expect(lock.isHeld()).toBe(false);
        expect(lock.signal.reason).toBeInstanceOf(LockLostError);
        await until(async () => (await tokensOn(fleet, "C14")).every((token) => token === null));
        const lasted = Math.max(...validUntilMs) - startedAtMs > 2 * ttlMs;
        if (!lasted || validUntilMs.length <= 2) throw new TooBusy(`extended ${validUntilMs.length} times`);
      }),
    120_000,
  );
});
