/** What node-redlock 5 does right, done by both: each test also runs against the real package. */
import { EventEmitter } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { deleteOn, lifeOn, tokensOn } from "../support/on-nodes.ts";
import { atSomePace, TooBusy } from "../support/pace.ts";
import { implementations, topologies, type Api, type Stand } from "./stand.ts";

const quorumText = "The operation was unable to achieve a quorum during its retry window.";
const refusedText = "The operation was applied to: 0 of the 1 requested resources.";
const once = { retryCount: 0 };

/** An operation resolves when a quorum has voted; the other nodes follow. */
const nothingLeft = (stand: Stand) => expect.poll(() => stand.fleet.lockKeys()).toEqual([]);

const combinations = topologies.flatMap((topology) =>
  implementations.map(({ name, api }) => ({ title: `${name} on ${topology.name}`, topology, api })),
);

describe.each(combinations)("$title", ({ topology, api }) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await topology.start();
  });
  afterAll(() => stand[Symbol.asyncDispose]());
  beforeEach(() => Promise.all(stand.fleet.servers.map((server) => server.flushAll())));

  // All nodes are up: one that answers late, as on a busy machine, is waited for. Only ours has this setting.
  const make = (settings = {}) => new api.default(stand.clients(), { nodeTimeoutMs: 10_000, ...settings });
  const statsOf = (attempts: readonly Promise<Awaited<Attempt>>[]) => Promise.all(attempts);
  type Attempt = Awaited<ReturnType<InstanceType<Api["default"]>["acquire"]>>["attempts"][number];

  test("a Redlock is an event emitter with the clients and settings it was given, and these defaults", () => {
    const clients = stand.clients();
    const redlock = new api.default(clients);
    expect(redlock).toBeInstanceOf(EventEmitter);
    expect([...redlock.clients]).toEqual(clients);
    expect(redlock.settings).toEqual({
      driftFactor: 0.01,
      retryCount: 10,
      retryDelay: 200,
      retryJitter: 100,
      automaticExtensionThreshold: 500,
    });
    const loose = { retryCount: "many", retryDelay: 7, foo: 1 } as never;
    expect(new api.default(clients, loose).settings).toMatchObject({ retryCount: 10, retryDelay: 7 });
  });

  test("no clients at all are refused", () => {
    expect(() => new api.default([])).toThrow("Redlock must be instantiated with at least one redis client.");
  });

  test("a lock holds 32 hex characters under the raw resource, for exactly the duration", async () => {
    const before = Date.now();
    const lock = await make().acquire(["{a}1"], 5_000);
    expect(lock).toBeInstanceOf(api.Lock);
    expect(lock.value).toMatch(/^[0-9a-f]{32}$/);
    expect(lock.resources).toEqual(["{a}1"]);
    expect(lock.expiration).toBeGreaterThan(before + 4_700);
    expect(lock.expiration).toBeLessThanOrEqual(Date.now() + 5_000 - 52);
    await statsOf(lock.attempts);
    expect(await tokensOn(stand.fleet, "{a}1")).toEqual(stand.fleet.servers.map(() => lock.value));
    const lives = await lifeOn(stand.fleet, "{a}1");
    expect(Math.max(...lives)).toBeLessThanOrEqual(5_000);
    // A millisecond for each clock that is cut to one.
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(5_000 - (Date.now() - before) - 2);
    for (const server of stand.fleet.servers) expect(await server.keys()).toEqual(["{a}1"]);
  });

  test("attempts are promises of who voted how", async () => {
    const redlock = make();
    const lock = await redlock.acquire(["{a}"], 5_000);
    const count = stand.fleet.servers.length;
    expect(lock.attempts).toHaveLength(1);
    const [stats] = await statsOf(lock.attempts);
    expect(stats).toEqual({
      membershipSize: count,
      quorumSize: Math.floor(count / 2) + 1,
      votesFor: redlock.clients,
      votesAgainst: new Map(),
    });
  });

  test("a held resource is refused after all tries, with an ExecutionError that carries them", async () => {
    const redlock = make();
    await redlock.acquire(["{a}"], 5_000);
    const errors: Error[] = [];
    redlock.on("error", (error: Error) => errors.push(error));
    const settings = { retryCount: 2, retryDelay: 5, retryJitter: 0 };
    const error = await redlock.acquire(["{a}"], 5_000, settings).catch((refusal: unknown) => refusal);
    if (!(error instanceof api.ExecutionError)) throw error;
    expect(error.name).toBe("ExecutionError");
    expect(error.message).toBe(quorumText);
    expect(error.attempts).toHaveLength(3);
    const count = stand.fleet.servers.length;
    for (const { votesFor, votesAgainst } of await statsOf(error.attempts)) {
      expect(votesFor.size).toBe(0);
      expect([...votesAgainst.keys()]).toHaveLength(count);
      for (const vote of votesAgainst.values()) expect(vote).toBeInstanceOf(api.ResourceLockedError);
      for (const vote of votesAgainst.values()) expect(vote.message).toBe(refusedText);
    }
    // One for each vote against; the real package also reports those against its own clean-up.
    expect(errors.length).toBeGreaterThanOrEqual(3 * count);
    for (const vote of errors) expect(vote).toMatchObject({ name: "ResourceLockedError", message: refusedText });
  });

  test("errors that nobody listens to do not end the process", async () => {
    const redlock = make(once);
    await redlock.acquire(["{a}"], 5_000);
    await expect(redlock.acquire(["{a}"], 5_000)).rejects.toThrow(quorumText);
  });

  test("a waiter gets the lock when it is released", async () => {
    const redlock = make({ retryDelay: 20, retryJitter: 5, retryCount: -1 });
    const first = await redlock.acquire(["{a}"], 5_000);
    const second = redlock.acquire(["{a}"], 5_000);
    setTimeout(() => void first.release(), 100);
    expect((await second).value).not.toBe(first.value);
  });

  test("release frees the resource, empties the lock, and says who voted how", async () => {
    const redlock = make();
    const lock = await redlock.acquire(["{a}"], 5_000);
    const released = await lock.release();
    expect(lock.expiration).toBe(0);
    const [stats] = await statsOf(released.attempts);
    expect(stats!.votesFor).toEqual(redlock.clients);
    await nothingLeft(stand);
    await (await redlock.acquire(["{a}"], 5_000, once)).release();
  });

  test("extend gives a new lock of the same value, and empties the old one", async () => {
    const redlock = make();
    const lock = await redlock.acquire(["{a}"], 5_000);
    const longer = await lock.extend(8_000);
    expect(longer).not.toBe(lock);
    expect(longer).toBeInstanceOf(api.Lock);
    expect(longer.value).toBe(lock.value);
    expect(lock.expiration).toBe(0);
    expect(longer.expiration - Date.now()).toBeGreaterThan(7_500);
    expect(longer.attempts).toHaveLength(1);
    await statsOf(longer.attempts);
    for (const life of await lifeOn(stand.fleet, "{a}")) expect(life).toBeGreaterThan(7_500);
    await longer.release();
    await nothingLeft(stand);
  });

  test("an expired lock is not extended, without a try", async () => {
    const redlock = make();
    const lock = new api.Lock(redlock, ["{a}"], "0123", [], Date.now() - 1);
    const error = await lock.extend(1_000).catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(api.ExecutionError);
    expect(error).toMatchObject({ message: "Cannot extend an already-expired lock.", attempts: [] });
  });

  test("a lock whose key was deleted is not extended, and not made again", async () => {
    const redlock = make({ retryCount: 1, retryDelay: 5, retryJitter: 0 });
    const lock = await redlock.acquire(["{a}"], 5_000);
    await statsOf(lock.attempts);
    await deleteOn(
      stand.fleet,
      stand.fleet.servers.map((server) => server.index),
      "{a}",
    );
    await expect(lock.extend(5_000)).rejects.toThrow(quorumText);
    await nothingLeft(stand);
  });

  test("several resources are locked together or not at all", async () => {
    const redlock = make(once);
    const both = await redlock.acquire(["{a}1", "{a}2"], 5_000);
    await expect(redlock.acquire(["{a}0", "{a}2"], 5_000)).rejects.toThrow(quorumText);
    expect(await tokensOn(stand.fleet, "{a}0")).toEqual(stand.fleet.servers.map(() => null));
    const longer = await both.extend(6_000);
    await longer.release();
    await nothingLeft(stand);
  });

  test("a lock made by hand from another's value is extended and released", async () => {
    const lock = await make().acquire(["{a}"], 5_000);
    await statsOf(lock.attempts);
    const elsewhere = make();
    const copy = new api.Lock(elsewhere, lock.resources, lock.value, [], lock.expiration);
    const longer = await copy.extend(9_000);
    expect(longer.redlock).toBe(elsewhere);
    await elsewhere.release(longer);
    await nothingLeft(stand);
  });

  test("very long durations are taken as they are", async () => {
    for (const duration of [30 * 24 * 3_600_000, Math.floor(Number.MAX_SAFE_INTEGER / 10), Number.MAX_SAFE_INTEGER]) {
      const beforeMs = performance.now();
      const lock = await make(once).acquire(["{a}"], duration);
      await statsOf(lock.attempts);
      for (const life of await lifeOn(stand.fleet, "{a}")) {
        expect(duration - life).toBeLessThan(performance.now() - beforeMs + 1_000);
      }
      await lock.release();
    }
  });

  test.each([1.5, NaN])("a duration of %d is refused", async (duration) => {
    const redlock = make();
    const text = "Duration must be an integer value in milliseconds.";
    await expect(redlock.acquire(["{a}"], duration)).rejects.toThrow(text);
    await expect(redlock.using(["{a}"], duration, async () => 1)).rejects.toThrow(text);
  });

  test.each([0, -5])("a duration of %d gets the server's own refusal", async (duration) => {
    const redlock = make(once);
    const errors: Error[] = [];
    redlock.on("error", (error: Error) => errors.push(error));
    await expect(redlock.acquire(["{a}"], duration)).rejects.toThrow(quorumText);
    expect(errors[0]!.message).toMatch(/^ERR invalid expire time in 'set' command/);
  });

  test("using passes a signal, gives the routine's result, and releases", async () => {
    const redlock = make();
    const result = await redlock.using(["{a}"], 5_000, async (signal) => {
      expect(signal).toBeInstanceOf(AbortSignal);
      expect(signal.aborted).toBe(false);
      expect((await tokensOn(stand.fleet, "{a}")).filter((token) => token !== null).length).toBeGreaterThan(0);
      return 42;
    });
    expect(result).toBe(42);
    await nothingLeft(stand);
  });

  test(
    "using extends the lock for as long as the routine runs",
    () =>
      atSomePace([1_000, 3_000, 9_000], async (ttlMs) => {
        const redlock = make({ automaticExtensionThreshold: 0.7 * ttlMs });
        const using = redlock.using(["{a}"], ttlMs, async (signal) => {
          await new Promise((resolve) => setTimeout(resolve, 2 * ttlMs));
          const other = await make(once)
            .acquire(["{a}"], ttlMs)
            .catch((error: unknown) => error);
          if (signal.aborted) throw new TooBusy(String(signal.reason));
          expect(other).toMatchObject({ message: quorumText });
        });
        await using.catch((error: unknown) => {
          throw error instanceof api.ExecutionError ? new TooBusy(error.message) : error;
        });
        await nothingLeft(stand);
      }),
    60_000,
  );

  test("using takes settings before the routine, and rejects with the routine's own error", async () => {
    const failing = make().using(["{a}"], 5_000, { automaticExtensionThreshold: 100 }, async () => {
      throw new Error("mine");
    });
    await expect(failing).rejects.toThrow("mine");
    await nothingLeft(stand);
  });

  test("using aborts its signal, with the error, when the lock cannot be extended", async () => {
    const redlock = make({ automaticExtensionThreshold: 300, retryCount: 1, retryDelay: 5, retryJitter: 0 });
    const told = await redlock
      .using(["{a}"], 600, async (signal) => {
        await deleteOn(
          stand.fleet,
          stand.fleet.servers.map((server) => server.index),
          "{a}",
        );
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        throw signal.error!;
      })
      .catch((error: unknown) => error);
    expect(told).toBeInstanceOf(api.ExecutionError);
  });

  test("using refuses a duration too near to the threshold, and what is no routine", async () => {
    const redlock = make();
    const tooNear = "A lock `duration` must be at least 100ms greater than the `automaticExtensionThreshold` setting.";
    await expect(redlock.using(["{a}"], 599, async () => 1)).rejects.toThrow(tooNear);
    await expect(redlock.using(["{a}"], 600, async () => 1)).resolves.toBe(1);
    await expect(redlock.using(["{a}"], 5_000, undefined as never)).rejects.toThrow("routine is not a function");
  });

  test("quit ends the clients; what comes after is refused with the clients' own error", async () => {
    const redlock = make(once);
    await (await redlock.acquire(["{a}"], 5_000)).release();
    await redlock.quit();
    const errors: Error[] = [];
    redlock.on("error", (error: Error) => errors.push(error));
    await expect(redlock.acquire(["{a}"], 5_000)).rejects.toThrow(quorumText);
    // A Cluster client that was ended has two ways to say so.
    const own = topology.name.includes("Cluster")
      ? /^(?:Connection is closed\.|None of startup nodes is available)$/
      : /^Connection is closed\.$/;
    for (const error of errors) expect(error.message).toMatch(own);
    expect(errors.length).toBeGreaterThanOrEqual(stand.fleet.servers.length);
  });

  test("scripts of one's own are run as they are, in the place of the standard ones", async () => {
    const clients = stand.clients();
    const redlock = new api.default(clients, once, {
      acquireScript: (script) => `redis.call("INCR", "{a}:asked")\n${script}`,
    });
    expect(redlock.scripts.acquireScript.value).toMatch(/^redis.call\("INCR"/);
    expect(redlock.scripts.acquireScript.hash).toMatch(/^[0-9a-f]{40}$/);
    const lock = await redlock.acquire(["{a}"], 5_000);
    await expect(redlock.acquire(["{a}"], 5_000)).rejects.toThrow(quorumText);
    const longer = await lock.extend(6_000);
    await longer.release();
    await expect.poll(() => tokensOn(stand.fleet, "{a}:asked")).toEqual(stand.fleet.servers.map(() => "2"));
  });

  test("an empty list of resources is a lock on nothing", async () => {
    const lock = await make(once).acquire([], 5_000);
    expect(lock.resources).toEqual([]);
    await lock.release();
  });

  test("a client with a key prefix locks prefixed keys", async () => {
    const clients = stand.clients().map((client) => {
      client.options.keyPrefix = "p:";
      return client;
    });
    const lock = await new api.default(clients).acquire(["{a}"], 5_000);
    await statsOf(lock.attempts);
    expect(await tokensOn(stand.fleet, "p:{a}")).toEqual(stand.fleet.servers.map(() => lock.value));
    await lock.release();
    await nothingLeft(stand);
  });
});

describe.each(implementations)("$name with a part of the nodes", ({ api }) => {
  test("a minority of dead nodes votes against and changes nothing", async () => {
    await using stand = await topologies[1]!.start();
    const redlock = new api.default(stand.clients(), { ...once });
    await (await redlock.acquire(["warm-up"], 5_000)).release();
    await stand.fleet.node(2).kill();
    // The clients have to notice; ioredis queues for a while, which is what makes the real package slow here.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const lock = await redlock.acquire(["a"], 5_000);
    await lock.extend(5_000);
    expect((await stand.fleet.lockKeys()).map(({ node }) => node)).toEqual([0, 1]);
  });

  test("a majority that is held elsewhere refuses, and a minority does not", async () => {
    await using stand = await topologies[1]!.start();
    const redlock = new api.default(stand.clients(), { ...once });
    await stand.fleet.node(0).command("SET", "a", "somebody-else", "PX", 60_000);
    await (await redlock.acquire(["a"], 5_000)).release().catch(() => {});
    await stand.fleet.node(1).command("SET", "a", "somebody-else", "PX", 60_000);
    await expect(redlock.acquire(["a"], 5_000)).rejects.toThrow(quorumText);
    await expect.poll(() => stand.fleet.node(2).lockKeys()).toEqual([]);
  });
});
