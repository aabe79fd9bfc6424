/** What a node keeps of those who share a resource: on a real server. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { fenceKey, type Operation } from "../../src/node/index.ts";
import { acquire, extend, fenceNow, heal, release } from "./operations.ts";
import { answersOf, calledInProcess } from "./run-script.ts";

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
const share = (changes: object): Operation => ({ ...extend(changes), kind: "share" });

test("a reader with a short life cuts nothing from the fence of one with a long life", async () => {
  await answersOf(server, acquire({ ...shared, token: "long", fence: T(1), ttlMs: 500_000 }));
  await answersOf(server, acquire({ ...shared, token: "short", fence: T(2), ttlMs: 1_000 }));
  expect(await server.command("GET", fenceKey("a"))).toBe(String(T(2)));
  expect(await pttl(fenceKey("a"))).toBeGreaterThan(550_000);
});

test("without memory a reader is extended, also where another has the key for longer; a new one is refused", async () => {
  await answersOf(server, acquire({ ...shared, token: "long", ttlMs: 90_000 }), acquire({ ...shared, token: "short" }));
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

test("a reader is above all writers before it, and need not be above other readers", async () => {
  const writer = { keys: ["a"], token: "writer", fence: T(5) };
  await answersOf(server, acquire(writer), release(writer));
  const readers = [T(5), T(9), T(6)].map((fence) => acquire({ ...shared, token: `reader ${fence}`, fence }));
  expect(await answersOf(server, ...readers)).toEqual([["stale", T(5)], 1, 1]);
  expect(await answersOf(server, acquire({ ...shared, token: "below", fence: T(4) }))).toEqual([["stale", T(9)]]);
});

test("what is left of an earlier period counts for nothing", async () => {
  await answersOf(server, acquire({ ...shared, token: "old" }));
  await server.command("DEL", "a");
  await answersOf(server, acquire({ ...shared, token: "new", fence: T(1) }));
  expect(await answersOf(server, extend({ ...shared, token: "old" }))).toEqual([["lost", 0]]);
});

test("a reader passes readers who wait, and no writer who came before it", async () => {
  await answersOf(server, acquire({ ...shared, token: "inside" }));
  const waits = (ticket: number) => ({ ticket, waiter: `w.${ticket}`, keepMs: 60_000, number: 1, claimMs: 0 });
  await answersOf(server, acquire({ keys: ["a"], token: "writer", fence: T(1), place: waits(2) }));
  const reader = (ticket: number) =>
    acquire({ ...shared, token: `r${ticket}`, fence: T(2), place: { ...waits(ticket), how: "s" } });
  expect(await answersOf(server, reader(1))).toEqual([1]);
  const refused = ["held", 0, expect.any(Number), T(2), 1, "", expect.any(Number)];
  expect(await answersOf(server, reader(3))).toEqual([refused]);
});

test("the tombstone of one reader refuses no other reader with a lower T", async () => {
  await answersOf(server, acquire({ ...shared, token: "first", fence: T(1) }));
  await answersOf(server, release({ ...shared, token: "gone", fence: T(9), bury: true }));
  expect(await answersOf(server, acquire({ ...shared, token: "gone", fence: T(9) }))).toEqual([["stale", T(1)]]);
  expect(await answersOf(server, acquire({ ...shared, token: "other", fence: T(2) }))).toEqual([1]);
});

const waits = (waiter: string, ticket: number) => ({ ticket, waiter, keepMs: 60_000, number: 1, claimMs: 0 });
const inLine = (ticket: number) =>
  acquire({ ...shared, token: `r${ticket}`, fence: T(2), place: { ...waits(`w.${ticket}`, ticket), how: "s" } });

const calledBy = (operation: Operation): Promise<string[]> => calledInProcess(server, "a", "w", operation);

test("a writer that leaves the line of readers calls the readers whom it kept out", async () => {
  await answersOf(server, acquire({ ...shared, token: "inside" }));
  await answersOf(
    server,
    acquire({ keys: ["a"], token: "writer", fence: T(1), place: waits("v.1", 1) }),
    inLine(2),
    inLine(3),
  );
  const leaves = { ticket: 1, waiter: "v.1" };
  const gives = release({ keys: ["a"], token: "writer", fence: T(1), bury: true, leaves });
  expect(await calledBy(gives)).toEqual(["w.2", "w.3"]);
});

test("a reader that is refused behind a writer calls it where the key is free, and not for as long as others read", async () => {
  await answersOf(server, acquire({ ...shared, token: "inside" }));
  await answersOf(server, acquire({ keys: ["a"], token: "writer", fence: T(1), place: waits("w.9", 1) }));
  expect(await calledBy(inLine(2))).toEqual([]);
  await server.command("DEL", "a");
  expect(await calledBy(inLine(2))).toEqual(["w.9"]);
});

test("a writer's release calls all readers; a reader that gives up calls one, and of who is inside nobody is looked up", async () => {
  await answersOf(server, acquire({ keys: ["a"], token: "writer", fence: T(1) }), ...[1, 2, 3, 4].map(inLine));
  const free = release({ keys: ["a"], token: "writer", fence: T(1), announce: true });
  expect(await calledBy(free)).toEqual(["w.1", "w.2", "w.3", "w.4"]);
  const gives = release({ ...shared, token: "r1", fence: T(2), bury: true, leaves: { ticket: 1, waiter: "w.1" } });
  expect(await calledBy(gives)).toEqual(["w.2"]);
  await answersOf(server, inLine(2), inLine(3), inLine(4));
  await server.command("CONFIG", "RESETSTAT");
  await answersOf(server, release({ ...shared, token: "r2", fence: T(2) }));
  expect(String(await server.command("INFO", "commandstats"))).not.toContain("cmdstat_zrangebyscore");
});
