/** The end of an acquire that does not get its lock: the time to wait is over, or the caller no longer wants it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QuorumUnavailableError, Redlock, ResourceLockedError } from "@quorate/redlock";
import { startFleet, type ProxiedFleet } from "@quorate/testing";
import { connectTo, forTest } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { range, setEverywhere, tokensOn } from "../support/on-nodes.ts";
import { connectPatient } from "../support/patient.ts";
import { recording } from "../support/recording-node.ts";
import { seeded } from "../support/seeded.ts";
import { pause, until } from "../support/until.ts";
import { listening } from "../support/voting-node.ts";

let fleet: ProxiedFleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3, proxied: true });
});
afterAll(() => fleet.stop());

const free = range(3).map(() => null);
const reason = new Error("the caller went home");

/** Every key of a resource on every node but its fence: the lock, and whatever else a waiter may have left. */
async function leftOf(resource: string): Promise<string[]> {
  const keys = await Promise.all(fleet.servers.map((server) => server.keys()));
  return keys.flat().filter((key) => key.includes(resource) && !key.endsWith(":fence"));
}

describe("D1", () => {
  test("a waiter gives up when waitMs is over, long before the back-off, and leaves nothing", async () => {
    await using holder = connectTo(fleet.urls);
    await using waiter = connectPatient(fleet.urls);
    const held = await holder.acquire("D1", 60_000);
    await setEverywhere(fleet, held);
    const error = (await errorOf(waiter.acquire("D1", 60_000, { waitMs: 300 }))) as ResourceLockedError;
    expect(error).toBeInstanceOf(ResourceLockedError);
    expect(error.code).toBe("RESOURCE_LOCKED");
    expect(error.remainingMs).toBeGreaterThan(30_000);
    // Not too early either; the clock of a timer may be a millisecond off.
    expect(Number(/in (\d+) ms/.exec(error.message)?.[1])).toBeGreaterThanOrEqual(299);
    expect(await tokensOn(fleet, "D1")).toEqual(range(3).map(() => held.token));
    await held.release();
    await until(async () => (await leftOf("D1")).length === 0);
  });

  test("a waiter in the same process gives up in its place in line, and says how many were ahead", async () => {
    await using redlock = connectTo(fleet.urls);
    const held = await redlock.acquire("D1:line", 60_000);
    const first = redlock.acquire("D1:line", 60_000, { waitMs: 600_000, signal: AbortSignal.timeout(20_000) });
    const error = (await errorOf(redlock.acquire("D1:line", 60_000, { waitMs: 100 }))) as ResourceLockedError;
    expect(error).toBeInstanceOf(ResourceLockedError);
    expect(error.message).toMatch(/still held by this process after .* for at most .*; 1 caller .* stood in between/);
    expect(error.remainingMs).toBeGreaterThan(30_000);
    await held.release();
    await (await first).release();
    await until(async () => (await leftOf("D1:line")).length === 0);
  });

  test("waitMs ends the wait for nodes that are away too, with their reasons", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 50 });
    await redlock.inspect("D1");
    using _ = fleet.net.partition([0, 1]);
    const error = await errorOf(redlock.acquire("D1:away", 60_000, { waitMs: 300 }));
    expect(error).toBeInstanceOf(QuorumUnavailableError);
  });
});

describe("D2", () => {
  test("aborted while it waits on nodes, it rejects with the signal's reason and leaves nothing", async () => {
    await using holder = connectTo(fleet.urls);
    await using waiter = connectPatient(fleet.urls);
    const held = await holder.acquire("D2", 60_000);
    await setEverywhere(fleet, held);
    const controller = new AbortController();
    let refusedCount = 0;
    waiter.on("roundFailed", () => refusedCount++);
    const waiting = errorOf(waiter.acquire("D2", 60_000, { signal: controller.signal }));
    await until(() => refusedCount === 2);
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    expect(await tokensOn(fleet, "D2")).toEqual(range(3).map(() => held.token));
    await held.release();
    await until(async () => (await leftOf("D2")).length === 0);
  });

  test("aborted in this process's line, it rejects in the same turn and sends nothing", async () => {
    const nodes = recording(fleet.urls, {});
    await using redlock = forTest(new Redlock(nodes, { restartGuardMs: 0 }));
    const held = await redlock.acquire("D2:line", 60_000);
    await setEverywhere(fleet, held);
    const controller = new AbortController();
    const before = nodes.map(({ sent }) => sent.length);
    let rejected: unknown;
    redlock.acquire("D2:line", 60_000, { signal: controller.signal }).catch((error: unknown) => (rejected = error));
    await pause(5);
    controller.abort(reason);
    await new Promise((resolve) => setImmediate(resolve));
    expect(rejected).toBe(reason);
    expect(nodes.map(({ sent }) => sent.length)).toEqual(before);
    await held.release();
  });

  test("aborted during a round, what the round grants is rolled back before it rejects", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 5_000 });
    await redlock.inspect("D2");
    const told: string[] = [];
    redlock.on("acquired", () => told.push("acquired"));
    const controller = new AbortController();
    let acquiring: Promise<Error>;
    {
      using _ = fleet.net.partition(range(3), { direction: "reply" });
      acquiring = errorOf(redlock.acquire("D2:round", 60_000, { signal: controller.signal }));
      await until(async () => (await tokensOn(fleet, "D2:round")).every((token) => token !== null));
      controller.abort(reason);
    }
    expect(await acquiring).toBe(reason);
    expect(await tokensOn(fleet, "D2:round")).toEqual(free);
    expect(told).toEqual([]);
  });

  test("aborted during a round that a majority never answers, it rejects with the reason, not with theirs", async () => {
    await using redlock = connectTo(fleet.urls, { nodeTimeoutMs: 200 });
    await redlock.inspect("D2");
    const controller = new AbortController();
    {
      using _ = fleet.net.partition([0, 1]);
      const acquiring = errorOf(redlock.acquire("D2:silent", 60_000, { signal: controller.signal }));
      await until(async () => (await tokensOn(fleet, "D2:silent"))[2] !== null);
      controller.abort(reason);
      expect(await acquiring).toBe(reason);
      expect((await tokensOn(fleet, "D2:silent"))[2]).toBeNull();
    }
    await until(async () => (await leftOf("D2:silent")).length === 0);
  });

  for (const count of range(3).map((index) => index + 1)) {
    for (const moment of ["before", "after"] as const) {
      test(`aborted right ${moment} grant ${count} of 3 is counted, it hands out a lock or leaves nothing`, async () => {
        const controller = new AbortController();
        let grantCount = 0;
        const nodes = listening(fleet.urls, {
          [moment]({ kind }: { kind: string }, { outcome }: { outcome: string }) {
            if (kind === "acquire" && outcome === "granted" && ++grantCount === count) controller.abort(reason);
          },
        });
        await using redlock = forTest(new Redlock(nodes, { restartGuardMs: 0 }));
        await redlock.inspect("D2");
        const resource = `D2:${moment}:${count}`;
        const acquiring = redlock.acquire(resource, 60_000, { signal: controller.signal });
        // The third grant comes when the lock has been handed out; at the second, its promise has yet to settle.
        if (count === 3) await (await acquiring).release();
        else expect(await errorOf(acquiring)).toBe(reason);
        await until(async () => (await leftOf(resource)).length === 0);
      });
    }
  }

  test("aborted at 300 random moments, it always either hands out a lock or leaves nothing", async () => {
    await using redlock = connectTo(fleet.urls);
    await redlock.inspect("D2");
    const random = seeded(20_261);
    let reasonCount = 0;
    for (const index of range(300)) {
      const controller = new AbortController();
      const acquiring = redlock.acquire(`D2:random:${index}`, 60_000, { signal: controller.signal });
      const turns = Math.floor(random() * 50);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      controller.abort(reason);
      try {
        const lock = await acquiring;
        expect(lock.isHeld()).toBe(true);
        await lock.release();
      } catch (error) {
        reasonCount++;
        expect(error).toBe(reason);
      }
    }
    expect(reasonCount).toBeGreaterThan(0);
    await until(async () => (await leftOf("D2:random")).length === 0);
  });
});

describe("D3", () => {
  test("a signal that was aborted before rejects with its reason, and nothing is sent", async () => {
    const nodes = recording(fleet.urls, {});
    await using redlock = forTest(new Redlock(nodes, { restartGuardMs: 0 }));
    const signal = AbortSignal.abort(reason);
    const routine = (): Promise<void> => Promise.reject(new Error("the routine ran"));
    expect(await errorOf(redlock.acquire("D3", 60_000, { signal }))).toBe(reason);
    expect(await errorOf(redlock.tryAcquire("D3", 60_000, { signal }))).toBe(reason);
    expect(await errorOf(redlock.using("D3", 60_000, { signal }, routine))).toBe(reason);
    expect(nodes.map(({ sent }) => sent.length)).toEqual([0, 0, 0]);
  });

  test("the constructor's signal counts for every call, and a signal of no reason gives an AbortError", async () => {
    await using redlock = connectTo(fleet.urls, { signal: AbortSignal.abort() });
    expect(await errorOf(redlock.acquire("D3", 60_000))).toMatchObject({ name: "AbortError" });
    const own = new AbortController().signal;
    const lock = await redlock.acquire("D3", 60_000, { signal: own });
    await lock.release();
  });
});
