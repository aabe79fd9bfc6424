/**
 * Where node-redlock 5 is dangerous and we are not: each difference of docs/migrating-from-node-redlock.md, with the
 * real package as the control that shows the danger.
 */
import type { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import * as ours from "@quorate/redlock/compat";
import { deleteOn } from "../support/on-nodes.ts";
import { startStand, theirs, type Stand } from "./stand.ts";

const quorumText = "The operation was unable to achieve a quorum during its retry window.";
const once = { retryCount: 0 };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What became of a promise within `ms`. */
async function within<Result>(ms: number, promise: Promise<Result>): Promise<Result | "nothing" | Error> {
  const failed = promise.catch((error: unknown) => error as Error);
  return Promise.race([failed, pause(ms).then(() => "nothing" as const)]);
}

async function hold(stand: Stand, nodes: readonly number[], key: string): Promise<void> {
  await Promise.all(nodes.map((node) => stand.fleet.node(node).command("SET", key, "other", "PX", 60_000)));
}

describe("four nodes that vote two for and two against", () => {
  test("settle in ours: lost, and nothing left", async () => {
    await using stand = await startStand({ nodes: 4 });
    await hold(stand, [0, 1], "a");
    const refusal = await within(2_000, new ours.default(stand.clients(), once).acquire(["a"], 5_000));
    expect(refusal).toMatchObject({ name: "ExecutionError", message: quorumText });
    expect(await stand.fleet.node(2).lockKeys()).toEqual([]);
    expect(await stand.fleet.node(3).lockKeys()).toEqual([]);
  });

  test("never settle in redlock 5", async () => {
    await using stand = await startStand({ nodes: 4 });
    await hold(stand, [0, 1], "a");
    expect(await within(2_000, new theirs.default(stand.clients(), once).acquire(["a"], 5_000))).toBe("nothing");
  });
});

describe("a quorum that answers after the duration", () => {
  async function acquireFromPaused(api: typeof ours) {
    const stand = await startStand({ nodes: 1 });
    const redlock = new api.default(stand.clients(), { ...once, ...{ nodeTimeoutMs: 5_000 } });
    await (await redlock.acquire(["warm-up"], 5_000)).release();
    await stand.fleet.node(0).pause();
    setTimeout(() => stand.fleet.node(0).resume(), 600);
    return { stand, outcome: await within(5_000, redlock.acquire(["a"], 300)) };
  }

  test("is no lock in ours, and leaves nothing", async () => {
    const { stand, outcome } = await acquireFromPaused(ours);
    expect(outcome).toMatchObject({ name: "ExecutionError" });
    expect(await stand.fleet.lockKeys()).toEqual([]);
    await stand[Symbol.asyncDispose]();
  });

  test("is an expired lock in redlock 5", async () => {
    const { stand, outcome } = await acquireFromPaused(theirs);
    expect(outcome).toBeInstanceOf(theirs.Lock);
    expect((outcome as ours.Lock).expiration).toBeLessThan(Date.now());
    await stand[Symbol.asyncDispose]();
  });
});

describe("between two tries of a refused acquire", () => {
  async function leftBetweenTries(api: typeof ours): Promise<string[]> {
    await using stand = await startStand({ nodes: 3 });
    await hold(stand, [0, 1], "a");
    const redlock = new api.default(stand.clients(), { retryCount: 1, retryDelay: 600, retryJitter: 0 });
    const acquiring = redlock.acquire(["a"], 5_000).catch(() => {});
    await pause(300);
    const left = await stand.fleet.node(2).lockKeys();
    await acquiring;
    return left;
  }

  test("ours leaves nothing on the nodes that granted", async () => {
    expect(await leftBetweenTries(ours)).toEqual([]);
  });

  test("redlock 5 keeps them, so that contenders block each other", async () => {
    expect(await leftBetweenTries(theirs)).toEqual(["a"]);
  });
});

describe("a lock that has expired", () => {
  async function releaseExpired(api: typeof ours) {
    await using stand = await startStand({ nodes: 1 });
    const redlock = new api.default(stand.clients(), { retryCount: 2, retryDelay: 50, retryJitter: 0 });
    const lock = await redlock.acquire(["a"], 100);
    await pause(150);
    const other = await redlock.acquire(["a"], 5_000);
    const outcome = await within(2_000, lock.release());
    const command = await stand.fleet.node(0).command("GET", "a");
    return { outcome, isOthers: command === other.value };
  }

  test("is released without a throw or a retry in ours, and its successor is untouched", async () => {
    const { outcome, isOthers } = await releaseExpired(ours);
    expect(outcome).not.toBeInstanceOf(Error);
    expect((outcome as ours.ExecutionResult).attempts).toHaveLength(1);
    expect(isOthers).toBe(true);
  });

  test("throws after all retries in redlock 5", async () => {
    const { outcome } = await releaseExpired(theirs);
    expect(outcome).toMatchObject({ name: "ExecutionError" });
    expect((outcome as ours.ExecutionError).attempts).toHaveLength(3);
  });
});

test("a second release resolves in ours, and throws in redlock 5", async () => {
  await using stand = await startStand({ nodes: 1 });
  const lock = await new ours.default(stand.clients()).acquire(["a"], 5_000);
  await lock.release();
  await expect(lock.release()).resolves.toHaveProperty("attempts");
  const theirLock = await new theirs.default(stand.clients(), once).acquire(["a"], 5_000);
  await theirLock.release();
  await expect(theirLock.release()).rejects.toThrow(quorumText);
});

describe("a release that fails at the end of using", () => {
  async function useAndLose(api: typeof ours) {
    await using stand = await startStand({ nodes: 1 });
    const redlock = new api.default(stand.clients(), once);
    return await within(
      3_000,
      redlock.using(["a"], 5_000, async () => {
        await deleteOn(stand.fleet, [0], "a");
        return "the result";
      }),
    );
  }

  test("leaves the routine's result alone in ours", async () => {
    expect(await useAndLose(ours)).toBe("the result");
  });

  test("replaces it in redlock 5", async () => {
    expect(await useAndLose(theirs)).toMatchObject({ name: "ExecutionError" });
  });
});

describe("a majority that falls silent under using", () => {
  async function abortDelay(api: typeof ours): Promise<number> {
    await using stand = await startStand({ nodes: 3 });
    const redlock = new api.default(stand.clients(), { automaticExtensionThreshold: 400, retryDelay: 100 });
    let abortedAt = Infinity;
    let expiresAt = 0;
    const settled = redlock.using(["a"], 1_000, async (signal) => {
      expiresAt = Date.now() + 1_000;
      await Promise.all([0, 1].map((node) => stand.fleet.node(node).pause()));
      await Promise.race([new Promise((resolve) => signal.addEventListener("abort", resolve)), pause(2_500)]);
      if (signal.aborted) abortedAt = Date.now();
    });
    await pause(2_700);
    for (const node of [0, 1]) stand.fleet.node(node).resume();
    await settled.catch(() => {});
    return abortedAt - expiresAt;
  }

  test("aborts the signal before the lock ends in ours", async () => {
    expect(await abortDelay(ours)).toBeLessThan(0);
  });

  test("does not abort it at all in redlock 5", async () => {
    expect(await abortDelay(theirs)).toBe(Infinity);
  });
});

test("a lock's duration that leaves no validity is refused in ours, and an ended lock in redlock 5", async () => {
  await using stand = await startStand({ nodes: 1 });
  await expect(new ours.default(stand.clients(), once).acquire(["a"], 1)).rejects.toThrow(quorumText);
  const lock = await new theirs.default(stand.clients(), once).acquire(["b"], 1);
  expect(lock.expiration).toBeLessThan(Date.now());
});

test("an ExecutionError says in its cause what each node answered", async () => {
  await using stand = await startStand({ nodes: 3 });
  await hold(stand, [0, 1], "a");
  const refusal = await within(2_000, new ours.default(stand.clients(), once).acquire(["a"], 5_000));
  const cause = (refusal as Error).cause as Error;
  expect(cause.message).toMatch(/^[01] of 3 nodes voted for it in the only try, and 2 must\. 127\.0\.0\.1:\d+, 127/);
  expect(cause.message).toContain(": a resource is held by another value, or no longer by this one");
});

test("fencing and the restart guard are off, and work when asked for", async () => {
  await using stand = await startStand({ nodes: 3 });
  const clients = stand.clients();
  const plain = await new ours.default(clients, once).acquire(["a"], 5_000);
  expect(plain.fencingToken).toBeUndefined();
  await plain.release();
  const fenced = new ours.default(clients, { ...once, fencing: true });
  const first = await fenced.acquire(["a"], 5_000);
  const longer = await first.extend(6_000);
  expect(longer.fencingToken).toBe(first.fencingToken);
  await longer.release();
  expect((await fenced.acquire(["a"], 5_000)).fencingToken).toBeGreaterThan(first.fencingToken!);
  const guarded = new ours.default(clients, { ...once, restartGuardMs: 3_600_000 });
  const refusal = await within(2_000, guarded.acquire(["b"], 5_000));
  expect(((refusal as Error).cause as Error).message).toContain("may have forgotten a lock");
});

test("a Redlock per request leaves no listeners on the clients", async () => {
  await using stand = await startStand({ nodes: 1 });
  const clients = stand.clients();
  await (await new ours.default(clients).acquire(["a"], 5_000)).release();
  const [client] = clients;
  const before = client!.listenerCount("ready");
  for (let request = 0; request < 50; request++) {
    await (await new ours.default(clients).acquire(["a"], 5_000)).release();
  }
  expect(client!.listenerCount("ready")).toBe(before);
});

test("extend with less than what is left shortens the keys' life in redlock 5, and only the new lock's in ours", async () => {
  await using stand = await startStand({ nodes: 1 });
  for (const api of [ours, theirs]) {
    const lock = await new api.default(stand.clients(), once).acquire(["a"], 60_000);
    const shorter = await lock.extend(1_000);
    expect(shorter.expiration - Date.now()).toBeLessThan(1_000);
    const life = (await stand.fleet.node(0).command("PTTL", "a")) as number;
    expect(life > 50_000).toBe(api === ours);
    await shorter.release();
  }
});

test("two databases of one server are two nodes in both", async () => {
  await using stand = await startStand({ nodes: 1 });
  const [one] = stand.clients() as [Redis];
  const two = one.duplicate({ db: 1 });
  two.on("error", () => {});
  for (const api of [ours, theirs]) {
    const lock = await new api.default([one, two], once).acquire(["a"], 5_000);
    await Promise.all(lock.attempts);
    expect(await two.get("a")).toBe(lock.value);
    await lock.release();
  }
  two.disconnect();
});
