/** The line across processes: each node keeps who waits, in an order that all of them agree on, while somebody waits. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lock, RoundFailedEvent } from "@quorate/redlock";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { connectTo, type TestRedlock } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { range, setEverywhere } from "../support/on-nodes.ts";
import { connectPatient } from "../support/patient.ts";
import { pause, until } from "../support/until.ts";
import { startWorker } from "../support/worker.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const ttlMs = 120_000;

/** The keys of a resource that are neither its lock nor its fence, on all nodes. */
async function lineKeys(resource: string): Promise<string[]> {
  const keys = (await Promise.all(fleet.servers.map((server) => server.keys()))).flat();
  return keys.filter((key) => key.includes(resource) && key !== resource && !key.endsWith(":fence"));
}

async function heldBy(redlock: TestRedlock, resource: string): Promise<Lock> {
  const lock = await redlock.acquire(resource, ttlMs);
  await setEverywhere(fleet, lock);
  return lock;
}

interface Queue {
  /** What became of each: resolves when it has held and released, rejects when it left. */
  readonly outcomes: readonly Promise<void>[];
  /** Who held, in order. */
  readonly served: readonly number[];
  mostInside(): number;
  leave(index: number): void;
  close(): Promise<void>;
}

/** So many waiters, each of a Redlock of its own, that came one after the other. */
async function queueUp(
  resource: string,
  count: number,
  connect: (urls: readonly string[]) => TestRedlock = connectPatient,
): Promise<Queue> {
  const served: number[] = [];
  let [inside, most] = [0, 0];
  const controllers = range(count).map(() => new AbortController());
  const redlocks: TestRedlock[] = [];
  const outcomes: Promise<void>[] = [];
  for (const index of range(count)) {
    const redlock = connect(fleet.urls);
    let refusedCount = 0;
    redlock.on("roundFailed", () => refusedCount++);
    const outcome = (async (): Promise<void> => {
      const lock = await redlock.acquire(resource, ttlMs, { signal: controllers[index]!.signal });
      served.push(index);
      most = Math.max(most, ++inside);
      await pause(1);
      inside--;
      await lock.release();
    })();
    outcome.catch(() => undefined);
    redlocks.push(redlock);
    outcomes.push(outcome);
    await until(() => refusedCount >= 2);
    // Tickets are times of arrival; equal ones are told apart by chance.
    await pause(2);
  }
  const close = async (): Promise<void> => void (await Promise.all(redlocks.map((redlock) => redlock.close())));
  const leave = (index: number): void => controllers[index]!.abort(new Error("left"));
  return { outcomes, served, mostInside: () => most, leave, close };
}

test("waiters of ten processes are served in the order they came, and nothing is left of the line", async () => {
  await using holder = connectTo(fleet.urls);
  const held = await heldBy(holder, "line:order");
  const queue = await queueUp("line:order", 10);
  expect((await lineKeys("line:order")).length).toBe(3);
  await held.release();
  await Promise.all(queue.outcomes);
  expect(queue.served).toEqual(range(10));
  await until(async () => (await lineKeys("line:order")).length === 0);
  await queue.close();
});

test("where the nodes' lines differ, so that each calls another waiter, all are served all the same", async () => {
  await using holder = connectTo(fleet.urls);
  const held = await heldBy(holder, "line:differ");
  const queue = await queueUp("line:differ", 3);
  const places = async (server: RedisServer): Promise<string[]> =>
    (await server.command("ZRANGE", "{line:differ}:line", 0, -1)) as string[];
  // Everybody asks once more, so that nobody counts a subscription's beginning as a call.
  const before = await Promise.all(fleet.servers.map(places));
  await Promise.all(fleet.servers.map((server) => server.command("PUBLISH", "line:differ:released", "")));
  for (const [index, server] of fleet.servers.entries()) {
    await until(async () => (await places(server)).every((place) => !before[index]!.includes(place)));
  }
  // Each line now begins with another waiter.
  for (const [index, server] of fleet.servers.entries()) {
    for (const place of (await places(server)).slice(0, index)) {
      await server.command("ZREM", "{line:differ}:line", place);
    }
  }
  await held.release();
  await Promise.all(queue.outcomes);
  await queue.close();
});

test("a waiter that leaves, first or in the middle, frees its place at once on every node", async () => {
  await using holder = connectTo(fleet.urls);
  const held = await heldBy(holder, "line:leave");
  const queue = await queueUp("line:leave", 6);
  for (const index of [0, 3]) {
    queue.leave(index);
    expect((await errorOf(queue.outcomes[index]!)).message).toBe("left");
  }
  await until(async () => {
    const { nodes } = await holder.inspect("line:leave");
    return nodes.every((node) => node.waiterCount === 4);
  });
  await held.release();
  await Promise.all(queue.outcomes.filter((_outcome, index) => index !== 0 && index !== 3));
  expect(queue.served).toEqual([1, 2, 4, 5]);
  await until(async () => (await lineKeys("line:leave")).length === 0);
  await queue.close();
});

describe("a newcomer that asks right after the release, before the waiter that was called", () => {
  /** Whether a single round gets the lock while a process that waits for it is stopped, so that it cannot come. */
  async function comesFirst(resource: string, fair: boolean): Promise<boolean> {
    await using holder = connectTo(fleet.urls, { fair });
    await using newcomer = connectTo(fleet.urls, { fair });
    await newcomer.inspect(resource);
    const held = await heldBy(holder, resource);
    const worker = startWorker("waiter.mjs", fleet.urls, resource, fair ? "10000" : "10000 unfair");
    await worker.next("refused 2");
    worker.signal("SIGSTOP");
    await held.release();
    const lock = await newcomer.tryAcquire(resource, ttlMs);
    worker.signal("SIGCONT");
    await lock?.release();
    await worker.next("held");
    worker.tell("release");
    await worker.exited;
    return lock !== null;
  }

  test("does not pass it", async () => {
    expect(await comesFirst("line:newcomer", true)).toBe(false);
  });

  test("control: without the line it does", async () => {
    expect(await comesFirst("line:unfair", false)).toBe(true);
    expect(await lineKeys("line:unfair")).toEqual([]);
  });
});

test("a process that always has somebody waiting does not pass a waiter of another one", async () => {
  await using busy = connectTo(fleet.urls, { waitMs: 60_000 });
  await using other = connectPatient(fleet.urls);
  const end = new AbortController();
  let servedCount = 0;
  const crowd = range(8).map(async () => {
    while (!end.signal.aborted) {
      const lock = await busy.acquire("line:busy", ttlMs);
      servedCount++;
      await lock.release();
    }
  });
  await until(() => servedCount >= 50);
  let servedAtPlace: number | undefined;
  other.on("roundFailed", ({ waitersAhead }) => {
    if (waitersAhead !== undefined) servedAtPlace ??= servedCount;
  });
  const lock = await other.acquire("line:busy", ttlMs);
  // Once it stood in line, whoever came later waited. Unless it was let in at once, which is as well.
  if (servedAtPlace !== undefined) expect(servedCount - servedAtPlace).toBeLessThanOrEqual(3 * crowd.length);
  await lock.release();
  end.abort();
  await Promise.all(crowd);
});

test("a waiter that was killed blocks those behind it only as long as its place is kept", async () => {
  await using holder = connectTo(fleet.urls);
  await using next = connectTo(fleet.urls, { waitMs: 60_000, retryDelayMs: 50, retryMaxDelayMs: 200 });
  const held = await heldBy(holder, "line:killed");
  const worker = startWorker("waiter.mjs", fleet.urls, "line:killed", "100");
  await worker.next("refused 2");
  worker.kill();
  await worker.exited;
  const refused = new Promise((resolve) => next.once("roundFailed", resolve));
  const waiting = next.acquire("line:killed", ttlMs);
  await refused;
  await held.release();
  await (await waiting).release();
  await until(async () => (await lineKeys("line:killed")).length === 0);
});

test("without contention there is no line, and no key of one", async () => {
  await using redlock = connectTo(fleet.urls);
  const lock = await heldBy(redlock, "line:alone");
  await lock.extend();
  expect(await lineKeys("line:alone")).toEqual([]);
  await lock.release();
  expect(await lineKeys("line:alone")).toEqual([]);
});

test("a line that a majority forgot costs the order and a back-off; all are served, one at a time", async () => {
  await using holder = connectTo(fleet.urls);
  const held = await heldBy(holder, "line:forgot");
  const queue = await queueUp("line:forgot", 5, (urls) =>
    connectTo(urls, { waitMs: 60_000, retryDelayMs: 50, retryMaxDelayMs: 200 }),
  );
  for (const node of [0, 1]) {
    const keys = (await fleet.node(node).keys()).filter((key) => key.endsWith(":line"));
    await fleet.node(node).command("DEL", ...keys);
  }
  await held.release();
  await Promise.all(queue.outcomes);
  expect(queue.served.toSorted((a, b) => a - b)).toEqual(range(5));
  expect(queue.mostInside()).toBe(1);
  await until(async () => (await lineKeys("line:forgot")).length === 0);
  await queue.close();
});

describe("the refused event", () => {
  test("tells by whom and for how long at most the resource is held, on which nodes, and how many are before it in line", async () => {
    await using holder = connectTo(fleet.urls);
    const held = await heldBy(holder, "line:event");
    const queue = await queueUp("line:event", 2);
    await using last = connectPatient(fleet.urls);
    const events: RoundFailedEvent[] = [];
    last.on("roundFailed", (event) => events.push(event));
    const waiting = errorOf(last.acquire("line:event", ttlMs));
    await until(() => events.length === 2);
    const [first, second] = events;
    expect(first).toMatchObject({ resources: ["line:event"], reason: "held", roundCount: 1, waitersAhead: undefined });
    expect(second).toMatchObject({ resources: ["line:event"], reason: "held", roundCount: 2, waitersAhead: 2 });
    expect([first!.holder, second!.holder]).toEqual([held.token.slice(0, 8), held.token.slice(0, 8)]);
    expect(second!.remainingMs).toBeGreaterThan(ttlMs / 2);
    expect(second!.remainingMs).toBeLessThanOrEqual(ttlMs);
    expect(second!.refusedBy.length).toBeGreaterThanOrEqual(2);
    await Promise.all([last.close(), queue.close()]);
    expect(await waiting).toMatchObject({ code: "CLOSED" });
  });
});
