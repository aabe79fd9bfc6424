/** What a node keeps of those who hold a resource together, shared or as some of K permits: on a real server. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { fenceKey, type Operation } from "../../src/node/index.ts";
import { acquire, extend, fenceNow, heal, inspect, release } from "./operations.ts";
import { answersOf } from "./run-script.ts";

let fleet: Fleet;
let server: RedisServer;

beforeAll(async () => {
  fleet = await startFleet({ nodes: 1 });
  server = fleet.node(0);
});
afterAll(() => fleet.stop());
beforeEach(() => server.flushAll());

const shared = { keys: ["a"], shared: [0] };
const T = (above: number) => fenceNow + above;
const pttl = async (key: string): Promise<number> => Number(await server.command("PTTL", key));
const pool = (token: string, fence: number, start = 0, of = 3) =>
  acquire({ keys: ["p"], token, fence, permits: { of, weight: 1, start } });
const share = (changes: object): Operation => ({ ...extend(changes), kind: "share" });

describe("shared", () => {
  test("a reader with a short life cuts nothing from the fence of one with a long life", async () => {
    await answersOf(server, acquire({ ...shared, token: "long", fence: T(1), ttlMs: 500_000 }));
    await answersOf(server, acquire({ ...shared, token: "short", fence: T(2), ttlMs: 1_000 }));
    expect(await server.command("GET", fenceKey("a"))).toBe(String(T(2)));
    expect(await pttl(fenceKey("a"))).toBeGreaterThan(550_000);
  });

  test("without memory a reader is extended, also where another has the key for longer; a new one is refused", async () => {
    await answersOf(
      server,
      acquire({ ...shared, token: "long", ttlMs: 90_000 }),
      acquire({ ...shared, token: "short" }),
    );
    await server.fillMemory();
    try {
      expect(await answersOf(server, acquire({ ...shared, token: "new" }))).toEqual([
        ["error", expect.stringMatching(/^OOM/)],
      ]);
      expect(await answersOf(server, extend({ ...shared, token: "short", ttlMs: 20_000 }))).toEqual([1]);
      expect(await answersOf(server, extend({ ...shared, token: "long", ttlMs: 95_000 }))).toEqual([1]);
      expect(await answersOf(server, release({ ...shared, token: "short" }))).toEqual([1]);
    } finally {
      await server.freeMemory();
    }
    expect(await pttl("a")).toBeGreaterThan(90_000);
  });

  test("without memory a hold is shared all the same", async () => {
    await answersOf(server, acquire({ keys: ["a"] }));
    await server.fillMemory();
    try {
      expect(await answersOf(server, share({ keys: ["a"] }))).toEqual([1]);
    } finally {
      await server.freeMemory();
    }
    expect(await server.command("GET", "a")).toBe(`shared ${fenceNow}`);
  });

  test.each([
    ["extended", [acquire({ ...shared })], extend({ ...shared, fence: T(5) })],
    ["shared", [acquire({ keys: ["a"] })], share({ keys: ["a"], fence: T(5) })],
  ])("a hold that is %s under a higher T raises the fence to it", async (_how, before, operation) => {
    await answersOf(server, ...before);
    expect(await answersOf(server, operation)).toEqual([1]);
    expect(await server.command("GET", fenceKey("a"))).toBe(String(T(5)));
    expect(await answersOf(server, release({ ...shared }))).toEqual([1]);
    expect(await answersOf(server, acquire({ keys: ["a"], token: "late", fence: T(3) }))).toEqual([["stale", T(5)]]);
  });

  test("a plain acquire that comes behind the release of what was shared later does not live again", async () => {
    expect(await answersOf(server, release({ ...shared, bury: true }))).toEqual([0]);
    expect(await answersOf(server, acquire({ keys: ["a"] }), heal({ keys: ["a"] }))).toEqual([
      ["stale", fenceNow],
      ["stale", fenceNow],
    ]);
    expect(await server.lockKeys()).toEqual([]);
  });

  test("the tombstone of one reader refuses no other reader with a lower T", async () => {
    await answersOf(server, acquire({ ...shared, token: "first", fence: T(1) }));
    await answersOf(server, release({ ...shared, token: "gone", fence: T(9), bury: true }));
    expect(await answersOf(server, acquire({ ...shared, token: "gone", fence: T(9) }))).toEqual([["stale", T(1)]]);
    expect(await answersOf(server, acquire({ ...shared, token: "other", fence: T(2) }))).toEqual([1]);
  });
});

describe("permits", () => {
  const gone = (token: string, fence: number) => release({ keys: ["p"], token, fence, slots: [] });
  const stays = pool("stays", T(1));

  test("a number that a stray gave up keeps the T that it was last given under", async () => {
    await answersOf(server, stays, pool("high", T(7), 1), gone("high", T(7)), pool("stray", T(9), 1));
    expect(await answersOf(server, heal({ keys: ["p"], token: "stray", fence: T(9), slots: [2] }))).toEqual([1]);
    expect(await answersOf(server, pool("low", T(6), 1))).toEqual([["stale", T(9)]]);
    expect(await answersOf(server, pool("next", T(10), 1))).toEqual([["slots", 1]]);
  });

  test("a heal lets the T of its number not fall", async () => {
    await answersOf(server, stays, pool("high", T(7), 1), gone("high", T(7)));
    expect(await answersOf(server, heal({ keys: ["p"], token: "low", fence: T(3), slots: [1] }))).toEqual([1]);
    await answersOf(server, gone("low", T(3)));
    expect(await answersOf(server, pool("between", T(6), 1, 2))).toEqual([["stale", T(7)]]);
  });

  test("without memory a permit is extended and released", async () => {
    await answersOf(server, stays, pool("one", T(2), 1));
    await server.fillMemory();
    try {
      const one = { keys: ["p"], token: "one", fence: T(2), slots: [1] };
      expect(await answersOf(server, extend({ ...one, ttlMs: 5_000 }), release(one))).toEqual([1, 1]);
    } finally {
      await server.freeMemory();
    }
  });

  test.each([
    ["permits", [0, 1, 2], { slots: [0, 1, 2] }],
    ["one who held it alone", [], {}],
  ])("when all end with %s, all who wait and fit are called", async (_what, slots, terms) => {
    const weight = slots.length;
    const all = { keys: ["p"], token: "all", fence: T(1) };
    await answersOf(server, acquire({ ...all, ...(weight > 0 && { permits: { of: 3, weight, start: 0 } }) }));
    const waits = (number: number) =>
      acquire({
        keys: ["p"],
        token: `w${number}`,
        fence: T(1 + number),
        permits: { of: 3, weight: 1, start: 0 },
        place: { ticket: number, waiter: `w.${number}`, keepMs: 60_000, number: 1, claimMs: 0, how: "p1/3" },
      });
    await answersOf(server, waits(1), waits(2), waits(3), waits(4));
    const subscriber = new Redis(server.url);
    try {
      const called: string[] = [];
      subscriber.on("message", (_channel, message: string) => called.push(message));
      await subscriber.subscribe("p:released:w");
      await answersOf(server, release({ ...all, ...terms, announce: true }));
      await subscriber.ping();
      expect(called).toEqual(["w.1", "w.2", "w.3"]);
    } finally {
      subscriber.disconnect();
    }
  });
});

test("inspect tells who holds it together, and changes nothing", async () => {
  await answersOf(server, pool("one", T(1), 2));
  const [answer] = await answersOf(server, inspect("p"));
  expect(answer).toEqual(["holders", `permits 0`, expect.any(Number), T(1), 0, expect.stringMatching(/^\d+ 2 3:one$/)]);
});
