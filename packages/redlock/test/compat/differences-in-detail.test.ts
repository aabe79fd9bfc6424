/**
 * The smaller differences of docs/migrating-from-node-redlock.md: what is waited for, how often something is tried, what
 * is told. Each with the real package as the control.
 */
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import * as ours from "@quorate/redlock/compat";
import { deleteOn, occupy } from "../support/on-nodes.ts";
import { until } from "../support/until.ts";
import { startStand, theirs, type Stand } from "./stand.ts";

const once = { retryCount: 0 };
/** Far more than ours may take on a busy machine; and far less than theirs does. */
const patienceMs = (api: typeof ours): number => (api === ours ? 15_000 : 2_000);

async function settled(api: typeof ours, promise: Promise<unknown>): Promise<unknown> {
  const failed = promise.catch((error: unknown) => error);
  const patience = new Promise((resolve) => setTimeout(() => resolve("still waiting"), patienceMs(api)));
  return Promise.race([failed, patience]);
}

async function warmedUp(api: typeof ours, stand: Stand, settings: object = once): Promise<ours.default> {
  const redlock = new api.default(stand.clients(), settings);
  const lock = await redlock.acquire(["warm-up"], 5_000);
  const { attempts } = await lock.release();
  // Nothing of it is under way any more, to any node.
  await Promise.all([...lock.attempts, ...attempts]);
  return redlock;
}

describe("two nodes of three that do not answer", () => {
  async function acquireFromHung(api: typeof ours): Promise<unknown> {
    await using stand = await startStand({ nodes: 3 });
    const redlock = await warmedUp(api, stand);
    await Promise.all([0, 1].map((node) => stand.fleet.node(node).pause()));
    return await settled(api, redlock.acquire(["a"], 5_000));
  }

  test("are votes against in ours", async () => {
    expect(await acquireFromHung(ours)).toMatchObject({ name: "ExecutionError" });
  });

  test("are waited for in redlock 5", async () => {
    expect(await acquireFromHung(theirs)).toBe("still waiting");
  });
});

describe("two nodes of three to which the connection is down", () => {
  async function acquireFromDead(api: typeof ours): Promise<unknown> {
    await using stand = await startStand({ nodes: 3 });
    const redlock = await warmedUp(api, stand);
    const [...clients] = redlock.clients as Set<Redis>;
    await Promise.all([0, 1].map((node) => stand.fleet.node(node).kill()));
    await until(() => clients.filter(({ status }) => status !== "ready").length === 2);
    return await settled(api, redlock.acquire(["a"], 5_000));
  }

  test("are votes against in ours", async () => {
    expect(await acquireFromDead(ours)).toMatchObject({ name: "ExecutionError" });
  });

  test("are waited for by ioredis in redlock 5", async () => {
    expect(await acquireFromDead(theirs)).toBe("still waiting");
  });
});

test("a release that could not reach a node follows when it is back", async () => {
  const config = { appendonly: "yes", appendfsync: "always" };
  await using stand = await startStand({ nodes: 3, server: { config } });
  const redlock = await warmedUp(ours, stand);
  const lock = await redlock.acquire(["a"], 60_000);
  await Promise.all(lock.attempts);
  await stand.fleet.node(2).kill();
  await lock.release();
  await stand.fleet.node(2).restart({ keepData: true });
  await until(async () => (await stand.fleet.lockKeys()).length === 0);
});

describe("the tries of one acquire", () => {
  /** The values that one node was asked to set. */
  async function valuesTried(api: typeof ours): Promise<number> {
    await using stand = await startStand({ nodes: 3 });
    const redlock = await warmedUp(api, stand, { retryCount: 2, retryDelay: 20, retryJitter: 0 });
    await occupy(stand.fleet, [0, 1], "a");
    const onlooker = new Redis(stand.fleet.urls[2]!);
    const monitor = await onlooker.monitor();
    const values = new Set<string>();
    const seenAll = new Promise<void>((resolve) => {
      monitor.on("monitor", (_time: string, [command, ...args]: readonly string[]) => {
        if (command === "ECHO") resolve();
        for (const [value] of args.join(" ").matchAll(/\b[0-9a-f]{32}\b/g)) values.add(value);
      });
    });
    const refusal: unknown = await redlock.acquire(["a"], 5_000).catch((error: unknown) => error);
    // The refusal is known before the third node has voted.
    await Promise.all((refusal as ours.ExecutionError).attempts);
    await stand.fleet.node(2).command("ECHO", "that was all");
    await seenAll;
    for (const client of [monitor, onlooker]) client.disconnect();
    return values.size;
  }

  test("have a value each in ours", async () => {
    expect(await valuesTried(ours)).toBe(3);
  });

  test("share one in redlock 5", async () => {
    expect(await valuesTried(theirs)).toBe(1);
  });
});

test("extend of a lock that a majority has lost is over after one try in ours, and tried again in redlock 5", async () => {
  await using stand = await startStand({ nodes: 3 });
  for (const api of [ours, theirs]) {
    const redlock = new api.default(stand.clients(), { retryCount: 2, retryDelay: 20, retryJitter: 0 });
    const lock = await redlock.acquire(["a"], 60_000);
    await Promise.all(lock.attempts);
    await deleteOn(stand.fleet, [0, 1], "a");
    const refusal = await lock.extend(60_000).catch((error: unknown) => error as ours.ExecutionError);
    expect((refusal as ours.ExecutionError).attempts).toHaveLength(api === ours ? 1 : 3);
    await deleteOn(stand.fleet, [2], "a");
  }
});

test("cleaning up a failed acquire causes no error events in ours, and one for each node that refused in redlock 5", async () => {
  await using stand = await startStand({ nodes: 3 });
  await occupy(stand.fleet, [0, 1, 2], "a");
  for (const api of [ours, theirs]) {
    const redlock = new api.default(stand.clients(), once);
    let errorCount = 0;
    redlock.on("error", () => errorCount++);
    const refusal = await redlock.acquire(["a"], 5_000).catch((error: unknown) => error as ours.ExecutionError);
    await Promise.all((refusal as ours.ExecutionError).attempts);
    await until(() => errorCount === (api === ours ? 3 : 6));
  }
});

describe("a release at the end of using that is not answered", () => {
  async function useAndHang(api: typeof ours): Promise<unknown> {
    await using stand = await startStand({ nodes: 3 });
    const redlock = await warmedUp(api, stand);
    return await settled(
      api,
      redlock.using(["a"], 5_000, async () => {
        await Promise.all([0, 1].map((node) => stand.fleet.node(node).pause()));
        return "the result";
      }),
    );
  }

  test("delays the routine's result by one try at most in ours", async () => {
    expect(await useAndHang(ours)).toBe("the result");
  });

  test("keeps it back in redlock 5", async () => {
    expect(await useAndHang(theirs)).toBe("still waiting");
  });
});

test("a lost lock's error is the reason of the routine's signal in ours, and only its error in redlock 5", async () => {
  await using stand = await startStand({ nodes: 3 });
  for (const api of [ours, theirs]) {
    const redlock = new api.default(stand.clients(), { ...once, automaticExtensionThreshold: 800 });
    await redlock
      .using(["a"], 1_000, async (signal) => {
        await deleteOn(stand.fleet, [0, 1, 2], "a");
        await until(() => signal.aborted);
        expect(signal.error).toMatchObject({ name: "ExecutionError" });
        expect(signal.reason === signal.error).toBe(api === ours);
      })
      .catch(() => {});
  }
  expect.assertions(4);
});

test("a string is one resource in ours, and each of its letters in redlock 5", async () => {
  await using stand = await startStand({ nodes: 1 });
  for (const [api, keys] of [
    [ours, ["ab"]],
    [theirs, ["a", "b"]],
  ] as const) {
    const lock = await new api.default(stand.clients(), once).acquire("ab" as unknown as string[], 5_000);
    expect((await stand.fleet.node(0).lockKeys()).toSorted()).toEqual(keys);
    await lock.release();
  }
});

test("a Redlock that has quit stays so in ours, and goes on with clients that are connected again in redlock 5", async () => {
  await using stand = await startStand({ nodes: 1 });
  for (const api of [ours, theirs]) {
    const clients = stand.clients() as Redis[];
    const redlock = new api.default(clients, once);
    await redlock.quit();
    await until(() => clients[0]!.status === "end");
    await clients[0]!.connect();
    const outcome = await settled(api, redlock.acquire(["a"], 5_000));
    expect(outcome instanceof api.Lock).toBe(api === theirs);
  }
});

test("two databases of one server are warned about once in ours", async () => {
  await using stand = await startStand({ nodes: 1 });
  const [one] = stand.clients() as [Redis];
  const two = one.duplicate({ db: 1 });
  const codes: (string | undefined)[] = [];
  const note = ({ code }: NodeJS.ErrnoException): number => codes.push(code);
  process.on("warning", note);
  const redlock = new ours.default([one, two], once);
  for (const resource of ["a", "b"]) await (await redlock.acquire([resource], 5_000)).release();
  await until(() => codes.includes("NOT_INDEPENDENT"));
  process.off("warning", note);
  expect(codes.filter((code) => code === "NOT_INDEPENDENT")).toHaveLength(1);
  two.disconnect();
});

test("a name that is kept for another resource's fence or line is refused before anything is sent", async () => {
  await using stand = await startStand({ nodes: 1 });
  const redlock = new ours.default(stand.clients(), once);
  const held = await redlock.acquire(["order"], 5_000);
  const before = await stand.fleet.node(0).command("DBSIZE");
  for (const name of ["{order}:fence", "{order}:1:line"]) {
    await expect(redlock.acquire([name], 5_000)).rejects.toThrow(RangeError);
  }
  expect(await stand.fleet.node(0).command("DBSIZE")).toBe(before);
  expect(held.expiration).toBeGreaterThan(Date.now());
});
