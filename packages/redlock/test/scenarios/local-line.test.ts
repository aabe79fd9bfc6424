/** Many waiters in one process: one line per resource, of which only the first one asks Redis. */
import { getEventListeners } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Redlock } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { commandCount } from "../support/commands.ts";
import { connectTo, forTest } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { range, setEverywhere } from "../support/on-nodes.ts";
import { connectPatient } from "../support/patient.ts";
import { recording } from "../support/recording-node.ts";
import { pause, until } from "../support/until.ts";
import { listening } from "../support/voting-node.ts";
import { startWorker } from "../support/worker.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const ttlMs = 120_000;
const reason = new Error("the caller went home");

describe("D8", () => {
  test("50 waiters of one process are served in the order of asking", async () => {
    await using redlock = connectTo(fleet.urls, { waitMs: 60_000 });
    let lock = await redlock.acquire("D8", ttlMs);
    const served: number[] = [];
    const waiting = range(50).map(async (index) => {
      const own = await redlock.acquire("D8", ttlMs);
      served.push(index);
      return own;
    });
    for (const next of waiting) {
      await lock.release();
      lock = await next;
    }
    await lock.release();
    expect(served).toEqual(range(50));
  });

  test("those that are aborted or run out of time in the middle delay nobody and change no order", async () => {
    const nodes = recording(fleet.urls, {});
    await using redlock = forTest(new Redlock(nodes, { restartGuardMs: 0, waitMs: 60_000 }));
    const held = await redlock.acquire("D8:leave", ttlMs);
    await setEverywhere(fleet, held);
    const controller = new AbortController();
    const served: number[] = [];
    const outcomes = range(50).map((index) => {
      const leaves = index % 3 === 1;
      const signal = leaves && index % 2 === 1 ? { signal: controller.signal } : undefined;
      const options = leaves && signal === undefined ? { waitMs: 20 } : signal;
      return redlock.acquire("D8:leave", ttlMs, options).then(
        async (lock) => {
          served.push(index);
          await lock.release();
          return "served";
        },
        () => "left",
      );
    });
    const before = nodes.map(({ sent }) => sent.length);
    controller.abort(reason);
    await Promise.all(outcomes.filter((_outcome, index) => index % 3 === 1));
    // They leave without a word to any node, while the line stands still.
    expect(nodes.map(({ sent }) => sent.length)).toEqual(before);
    await held.release();
    expect(await Promise.all(outcomes)).toEqual(range(50).map((index) => (index % 3 === 1 ? "left" : "served")));
    expect(served).toEqual(range(50).filter((index) => index % 3 !== 1));
    // One acquire each: nobody was refused on the way.
    const acquires = nodes.map(({ sent }) => sent.filter(({ kind }) => kind === "acquire").length);
    expect(acquires).toEqual(range(3).map(() => 1 + served.length));
  });

  test("the first of the line may leave too, while it asks: the second takes over", async () => {
    await using holder = connectTo(fleet.urls);
    await using redlock = connectPatient(fleet.urls);
    const held = await holder.acquire("D8:first", ttlMs);
    await setEverywhere(fleet, held);
    const controller = new AbortController();
    let refusedCount = 0;
    redlock.on("roundFailed", () => refusedCount++);
    const first = errorOf(redlock.acquire("D8:first", ttlMs, { signal: controller.signal }));
    const second = redlock.acquire("D8:first", ttlMs);
    await until(() => refusedCount === 2);
    controller.abort(reason);
    expect(await first).toBe(reason);
    await until(() => refusedCount >= 3);
    await held.release();
    await (await second).release();
  });

  test("who waits for several resources keeps nobody from one of them, and is served when all are free", async () => {
    await using redlock = connectTo(fleet.urls, { waitMs: 60_000 });
    const held = await redlock.acquire("D8:b", ttlMs);
    const served: string[] = [];
    const take = async (name: string, resources: readonly string[]): Promise<void> => {
      await using lock = await redlock.acquire(resources, ttlMs);
      served.push(name);
      expect(lock.isHeld()).toBe(true);
    };
    const first = take("first", ["D8:a", "D8:b"]);
    const second = take("second", ["D8:a"]);
    const unconcerned = take("unconcerned", ["D8:c"]);
    await Promise.all([unconcerned, second]);
    expect(served.toSorted()).toEqual(["second", "unconcerned"]);
    await held.release();
    await first;
    expect(served).toHaveLength(3);
  });
});

describe("1 000 waiters of one process", () => {
  test("behind a holder of the same process cost no command while they wait", async () => {
    await using redlock = connectTo(fleet.urls);
    const held = await redlock.acquire("many:own", ttlMs);
    await setEverywhere(fleet, held);
    const before = await commandCount(fleet);
    const { leave, left } = crowd(redlock, "many:own");
    await pause(300);
    expect(await commandCount(fleet)).toBe(before);
    leave();
    await left;
    expect(await commandCount(fleet)).toBe(before);
    await held.release();
  });

  test("behind a holder elsewhere cost two refused rounds in all, one at a time, and then no command", async () => {
    await using holder = connectTo(fleet.urls);
    const held = await holder.acquire("many:other", ttlMs);
    await setEverywhere(fleet, held);
    const underWay = [0, 0, 0];
    let mostUnderWay = 0;
    const nodes = listening(fleet.urls, {
      asked({ kind }, node) {
        if (kind === "acquire") mostUnderWay = Math.max(mostUnderWay, ++underWay[node]!);
      },
      before({ kind }, _vote, node) {
        if (kind === "acquire") underWay[node]!--;
      },
    });
    await using redlock = forTest(new Redlock(nodes, { restartGuardMs: 0, retryDelayMs: 300_000 }));
    let refusedCount = 0;
    redlock.on("roundFailed", () => refusedCount++);
    const { leave, left } = crowd(redlock, "many:other");
    await until(() => refusedCount === 2 && underWay.every((count) => count === 0));
    await until(async () => (await listenerCounts("many:other")).every((count) => count === 1));
    const before = await commandCount(fleet);
    await pause(300);
    expect(await commandCount(fleet)).toBe(before);
    expect(refusedCount).toBe(2);
    expect(mostUnderWay).toBe(1);
    leave();
    await left;
    await held.release();
    await until(async () => (await fleet.lockKeys()).length === 0);
  });
});

/** How many connections listen for the releases of a resource, on each node. */
async function listenerCounts(resource: string): Promise<number[]> {
  return Promise.all(
    fleet.servers.map(async (server) => {
      const [, count] = (await server.command("PUBSUB", "NUMSUB", `${resource}:released`)) as [string, number];
      return count;
    }),
  );
}

/** 1 000 callers who wait until they are told to leave. */
function crowd(redlock: Redlock, resource: string): { leave(): void; left: Promise<unknown> } {
  const controller = new AbortController();
  const { signal } = controller;
  const callers = range(1_000).map(() => errorOf(redlock.acquire(resource, ttlMs, { waitMs: Infinity, signal })));
  // From the eleventh on Node would warn of a leak.
  expect(getEventListeners(signal, "abort").length).toBe(1);
  return { leave: () => controller.abort(reason), left: Promise.all(callers) };
}

describe("D6", () => {
  test("1 000 waiters that come and go leave no subscription, listener, timer or socket", async () => {
    await using holder = connectTo(fleet.urls, { name: "holder" });
    const held = await holder.acquire("D6:held", ttlMs);
    await setEverywhere(fleet, held);
    const worker = startWorker("come-and-go.mjs", fleet.urls, "D6", "D6:held");
    await worker.next("warm");
    const connectionsBefore = await connectionCounts();
    const gone = await worker.next("gone");
    expect(gone).toMatchObject({ listeners: 0, held: 0, waiting: 0 });
    // The subscriber connections are kept for a moment, for the next waiter.
    let asked = 0;
    await until(async () => {
      await pause(100);
      worker.tell(`after ${++asked}`);
      const { sockets, timers } = await worker.next(`after ${asked}`);
      return sockets === fleet.urls.length && timers === 0;
    }, 20_000);
    for (const server of fleet.servers) expect(await server.command("PUBSUB", "CHANNELS")).toEqual([]);
    expect(await connectionCounts()).toEqual(connectionsBefore);
    await held.release();
    await until(async () => (await fleet.lockKeys()).length === 0);
  });
});

async function connectionCounts(): Promise<number[]> {
  const lists = await Promise.all(fleet.servers.map((server) => server.command("CLIENT", "LIST", "TYPE", "normal")));
  return lists.map((list) => String(list).trim().split("\n").length);
}
