/** The lock goes from one to the next inside the release; who comes when, and what a waiter may keep from others. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Redlock, type Lock, type RedlockOptions } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectNodes } from "../../src/node/adapt.ts";
import { fenceKey, releaseChannel, scriptText } from "../../src/node/index.ts";
import { systemRuntime } from "../../src/runtime/system.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { acquire, fenceNow } from "../node/operations.ts";
import { answersOf, workOf } from "../node/run-script.ts";
import { connectTo, forTest, type TestRedlock } from "../support/connect-to.ts";
import { range, setEverywhere } from "../support/on-nodes.ts";
import { pause, until } from "../support/until.ts";
import { startWorker } from "../support/worker.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const ttlMs = 20_000;

/** A `Redlock` whose machine's wall clock is off by so much. */
function withClock(offMs: number, options: RedlockOptions = {}): TestRedlock {
  const runtime: Runtime = {
    ...systemRuntime,
    readClocks() {
      const now = systemRuntime.readClocks();
      return { ...now, wallMs: now.wallMs + offMs, monotonicMs: now.monotonicMs + 7 * offMs };
    },
  };
  return forTest(new Redlock(connectNodes(fleet.urls, runtime), { restartGuardMs: 0, ...options }, runtime));
}

async function heldBy(redlock: Redlock, resource: string): Promise<Lock> {
  const lock = await redlock.acquire(resource, ttlMs);
  await setEverywhere(fleet, lock);
  return lock;
}

/** Stands in line on all nodes when this resolves. */
async function waiting(redlock: TestRedlock, resource: string, placeCount: number): Promise<{ lock: Promise<Lock> }> {
  const lock = redlock.acquire(resource, ttlMs, { waitMs: 60_000 });
  const lineKey = fenceKey(resource).replace(/fence$/, "line");
  await until(async () => {
    const counts = await Promise.all(fleet.servers.map((server) => server.command("ZCARD", lineKey)));
    return counts.every((count) => count === placeCount);
  });
  return { lock };
}

async function scriptCalls(): Promise<number> {
  const stats = await Promise.all(fleet.servers.map((server) => server.command("INFO", "commandstats")));
  return stats.reduce<number>(
    (sum, text) => sum + Number(/cmdstat_evalsha:calls=(\d+)/.exec(String(text))?.[1] ?? 0),
    0,
  );
}

/** The same, once a waiter that has come has nothing more to ask. */
async function scriptCallsAtRest(): Promise<number> {
  for (let last = await scriptCalls(); ;) {
    await pause(50);
    const now = await scriptCalls();
    if (now === last) return now;
    last = now;
  }
}

describe("a release", () => {
  test("gives the lock to the next in line, who asks nobody: N calls of the one, none of the other", async () => {
    await using one = connectTo(fleet.urls);
    await using two = connectTo(fleet.urls);
    await (await two.acquire("given:proved", ttlMs)).release();
    const costs: number[] = [];
    // The least of several: on a busy machine a hold of some milliseconds extends its claim, which costs calls too.
    for (let round = 0; round < 5; round++) {
      const held = await heldBy(one, "given");
      const next = await waiting(two, "given", 1);
      const before = await scriptCallsAtRest();
      await held.release();
      const lock = await next.lock;
      expect(lock.fencingToken).toBeGreaterThan(held.fencingToken!);
      expect(lock.remainingMs()).toBeGreaterThan(0);
      await lock.release();
      costs.push((await scriptCalls()) - before);
    }
    // N calls for each release, and none between them.
    expect(Math.min(...costs)).toBe(6);
  });

  test("gives it for a claim; whoever keeps it has its whole TTL at once, without autoExtend", async () => {
    await using one = connectTo(fleet.urls);
    await using two = connectTo(fleet.urls);
    await (await two.acquire("claim:proved", ttlMs)).release();
    const held = await heldBy(one, "claim");
    const next = await waiting(two, "claim", 1);
    await held.release();
    await using lock = await next.lock;
    expect(lock.remainingMs()).toBeLessThan(5_000);
    await until(() => lock.remainingMs() > ttlMs - 3_000);
  });

  test("passes a waiter whose process is gone, without waiting for its place to end", async () => {
    await using holder = connectTo(fleet.urls);
    await using next = connectTo(fleet.urls);
    const held = await heldBy(holder, "gone");
    const worker = startWorker("waiter.mjs", fleet.urls, "gone", "10000");
    await worker.next("refused 2");
    const { lock } = await waiting(next, "gone", 2);
    worker.kill();
    await worker.exited;
    const channel = releaseChannel("gone");
    // The servers notice that its connections are closed.
    await until(async () => {
      const listeners = await Promise.all(fleet.servers.map((server) => server.command("PUBSUB", "NUMSUB", channel)));
      return listeners.every((reply) => Number((reply as unknown[])[1]) === 1);
    });
    const releasedAtMs = performance.now();
    await held.release();
    const won = await lock;
    expect(performance.now() - releasedAtMs).toBeLessThan(700);
    await won.release();
  });

  test("costs a claim where the receiver does not run", async () => {
    await using holder = connectTo(fleet.urls);
    await using next = connectTo(fleet.urls);
    const held = await heldBy(holder, "stopped");
    // Of a TTL of 1 s the claim is the whole; of 60 s it would be a fifth.
    const worker = startWorker("waiter.mjs", fleet.urls, "stopped", "10000 1000 ms");
    await worker.next("refused 2");
    const { lock } = await waiting(next, "stopped", 2);
    worker.signal("SIGSTOP");
    const releasedAtMs = performance.now();
    await held.release();
    await using won = await lock;
    const waitedMs = performance.now() - releasedAtMs;
    expect(waitedMs).toBeLessThan(2_500);
    expect(won.isHeld()).toBe(true);
    worker.kill();
    await worker.exited;
  });
});

describe("L1", () => {
  test("who holds a and asks for b gets it, though somebody waits for both: in one process and across processes", async () => {
    await using one = connectTo(fleet.urls, { waitMs: 10_000 });
    await using two = connectTo(fleet.urls, { waitMs: 30_000 });
    for (const [index, other] of [one, two].entries()) {
      const [a, b] = [`L1:a${index}`, `L1:b${index}`];
      const heldA = await heldBy(one, a);
      const both = other.acquire([a, b], ttlMs);
      await pause(100);
      const heldB = await one.acquire(b, ttlMs);
      await Promise.all([heldA.release(), heldB.release()]);
      await (await both).release();
    }
  });

  test("the same where b was held too when both began to wait for it", async () => {
    await using one = connectTo(fleet.urls, { waitMs: 10_000 });
    await using two = connectTo(fleet.urls, { waitMs: 30_000 });
    const [heldA, before] = [await heldBy(one, "L1:a"), await heldBy(two, "L1:b")];
    const both = two.acquire(["L1:b", "L1:a"], ttlMs);
    await pause(50);
    const next = one.acquire("L1:b", ttlMs);
    await pause(50);
    await before.release();
    const heldB = await next;
    await Promise.all([heldA.release(), heldB.release()]);
    await (await both).release();
  });
});

describe("L3", () => {
  test("waiters are served in the order they came, whatever their clocks show, and the tokens rise", async () => {
    const redlocks = [0, 60_000, -60_000, 0, -3_600_000, 3_600_000].map((offMs) => withClock(offMs));
    await using holder = connectTo(fleet.urls);
    const held = await heldBy(holder, "L3");
    const served: number[] = [];
    const tokens = [held.fencingToken!];
    const ends: Promise<void>[] = [];
    const serve = async (index: number, lock: Promise<Lock>): Promise<void> => {
      await using won = await lock;
      served.push(index);
      tokens.push(won.fencingToken!);
    };
    for (const [index, redlock] of redlocks.entries()) {
      const { lock } = await waiting(redlock, "L3", index + 1);
      ends.push(serve(index, lock));
      await pause(5);
    }
    await held.release();
    await Promise.all(ends);
    expect(served).toEqual(range(redlocks.length));
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    expect(new Set(tokens).size).toBe(tokens.length);
    await Promise.all(redlocks.map((redlock) => redlock.close()));
  });
});

test("a Redlock that is closed leaves nobody in line", async () => {
  await using one = connectTo(fleet.urls);
  const held = await heldBy(one, "closed");
  const two = connectTo(fleet.urls);
  const { lock } = await waiting(two, "closed", 1);
  const outcome = lock.catch((error: unknown) => error);
  await two.close();
  expect(await outcome).toMatchObject({ code: "CLOSED" });
  // Its place would be kept for seconds yet.
  await until(async () => (await one.inspect("closed")).nodes.every(({ waiterCount }) => waiterCount === 0), 1_000);
  await held.release();
});

describe("L4", () => {
  test("a waiter behind the holder in its own process comes before those who came later elsewhere, and behind those who came before", async () => {
    await using own = connectTo(fleet.urls, { waitMs: 60_000 });
    const others = range(3).map(() => connectTo(fleet.urls, { waitMs: 60_000 }));
    const held = await heldBy(own, "L4");
    const served: string[] = [];
    const ends: Promise<void>[] = [];
    const serve = async (name: string, lock: Promise<Lock>): Promise<void> => {
      const won = await lock;
      served.push(name);
      // Behind each release the next waiter of that process takes its place, which must be there before the next one.
      await pause(25);
      await won.release();
    };
    const take = (name: string, lock: Promise<Lock>): void => void ends.push(serve(name, lock));
    const expected: string[] = [];
    // Tickets count on the nodes' clocks, which a caller knows up to the time of a round trip: on a busy machine some 10 ms.
    for (const [index, other] of others.entries()) {
      for (const name of [`own ${index}`, `other ${index}`]) expected.push(name);
      take(`own ${index}`, own.acquire("L4", ttlMs));
      await pause(60);
      take(`other ${index}`, (await waiting(other, "L4", index + 1)).lock);
      await pause(60);
    }
    await held.release();
    await Promise.all(ends);
    expect(served).toEqual(expected);
    await Promise.all(others.map((other) => other.close()));
  });
});

describe("L5", () => {
  /** The most that one call of a waiter costs while so many are in line, of which `script` is asked for some. */
  async function costIn(key: string, script: string, waiterCount: number): Promise<number> {
    const server = fleet.node(0);
    const stand = (index: number, number: number) =>
      acquire({
        ...{ keys: [key], token: `token ${index}`, fence: fenceNow + index, ttlMs: 600_000 },
        place: { ticket: 1_000 + index, waiter: `process.${index}`, keepMs: 600_000, number, claimMs: 2_000 },
      });
    await answersOf(server, acquire({ keys: [key], token: "holder", ttlMs: 600_000 }));
    for (let from = 0; from < waiterCount; from += 100)
      await answersOf(server, ...range(Math.min(100, waiterCount)).map((index) => stand(from + index, 1)));
    expect(await server.command("ZCARD", fenceKey(key).replace(/fence$/, "line"))).toBe(waiterCount);
    let most = 0;
    for (const round of range(20)) {
      const { commandCount, wordCount } = await workOf(server, script, stand((round * 53) % waiterCount, 2));
      most = Math.max(most, commandCount + wordCount);
    }
    return most;
  }

  test("a call of a waiter gives a server as many commands, and reads as much, with 1 000 in line as with 8", async () => {
    const few = await costIn("L5:8", scriptText, 8);
    expect(await costIn("L5:1000", scriptText, 1_000)).toBe(few);
  });

  test("which is seen where a script reads the whole line", async () => {
    const looksUp = "local members = redis.pcall('ZRANGEBYLEX'";
    const greedy = scriptText.replace(looksUp, `redis.pcall('ZRANGE', lineKey(fence.key), 0, -1)\n${looksUp}`);
    expect(greedy).not.toBe(scriptText);
    const few = await costIn("L5:greedy:8", greedy, 8);
    expect(await costIn("L5:greedy:1000", greedy, 1_000)).toBeGreaterThan(10 * few);
  });
});
