/** What a node keeps of those who have some of K permits: on a real server. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import type { Operation } from "../../src/node/index.ts";
import { acquire, extend, fenceNow, heal, inspect, release } from "./operations.ts";
import { commandCount } from "../support/commands.ts";
import { answersOf, calledInProcess } from "./run-script.ts";

let fleet: Fleet;
let server: RedisServer;

beforeAll(async () => {
  fleet = await startFleet({ nodes: 1 });
  server = fleet.node(0);
});
afterAll(() => fleet.stop());
beforeEach(() => server.flushAll());

const T = (above: number) => fenceNow + above;
const pool = (token: string, fence: number, start = 0, of = 3) =>
  acquire({ keys: ["p"], token, fence, permits: { of, weight: 1, start } });

const calledBy = (operation: Operation): Promise<string[]> => calledInProcess(server, "p", "w", operation);

const alone = (ticket: number) => ({ ticket, waiter: "wide.1", keepMs: 60_000, number: 1, claimMs: 1_000 });
const gone = (token: string, fence: number) => release({ keys: ["p"], token, fence, slots: [] });
const stays = pool("stays", T(1));

test("a heal to what is another's is refused, and gives up what its token has here", async () => {
  await answersOf(server, stays, pool("stray", T(2), 1));
  expect(await answersOf(server, heal({ keys: ["p"], token: "stray", fence: T(2), slots: [0] }))).toEqual([
    ["stale", T(2)],
  ]);
  const [answer] = await answersOf(server, inspect("p"));
  expect(answer).toEqual(expect.arrayContaining([expect.stringMatching(/^\d+ 0 5:stays$/)]));
});

test("an extension of other numbers than the node gave is lost", async () => {
  await answersOf(server, acquire({ keys: ["p"], token: "two", permits: { of: 3, weight: 2, start: 1 } }));
  const extended = [[1], [1, 2], [0, 1], [0, 1, 2]].map((slots) => extend({ keys: ["p"], token: "two", slots }));
  expect(await answersOf(server, ...extended)).toEqual([["lost", 0], 1, ["lost", 0], ["lost", 0]]);
});

test("a release calls those who fit, and names the number that it freed", async () => {
  await answersOf(server, stays, pool("one", T(2), 1, 2));
  const place = { ticket: 1, waiter: "w.1", keepMs: 60_000, number: 1, claimMs: 0, how: "p1/2" };
  const waits = { token: "waits", fence: T(3), permits: { of: 2, weight: 1, start: 0 }, place };
  await answersOf(server, acquire({ keys: ["p"], ...waits }));
  const called = await calledBy(release({ keys: ["p"], token: "one", fence: T(2), slots: [1] }));
  expect(called).toEqual(["w.1 1"]);
});

test("a number that a stray gave up keeps the T that it was last given under", async () => {
  await answersOf(server, stays, pool("high", T(7), 1), gone("high", T(7)), pool("stray", T(9), 1));
  expect(await answersOf(server, heal({ keys: ["p"], token: "stray", fence: T(9), slots: [2] }))).toEqual([1]);
  expect(await answersOf(server, pool("low", T(6), 1))).toEqual([["stale", T(9)]]);
  expect(await answersOf(server, pool("next", T(10), 1))).toEqual([["slots", T(10), 1]]);
});

test("a heal of a hold that has ended here gives up the number that it had", async () => {
  await answersOf(server, stays, { ...pool("stray", T(2), 1), ttlMs: 5 });
  await expect.poll(async () => String(await answersOf(server, inspect("p")))).not.toContain("stray");
  expect(await answersOf(server, heal({ keys: ["p"], token: "stray", fence: T(2), slots: [2] }))).toEqual([1]);
  expect(await answersOf(server, extend({ keys: ["p"], token: "stray", slots: [2] }))).toEqual([1]);
  expect(await answersOf(server, pool("next", T(3), 1))).toEqual([["slots", T(3), 1]]);
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
  expect(await calledBy(release({ ...all, ...terms, announce: true }))).toEqual(["w.1", "w.2", "w.3"]);
});

/** In line for a permit, of process "w" unless it says another. */
const inLine = (waiter: string, ticket: number, of: number, weight = 1) =>
  acquire({
    keys: ["p"],
    token: waiter,
    fence: T(10 + ticket),
    permits: { of, weight, start: 0 },
    place: { ticket, waiter, keepMs: 60_000, number: 1, claimMs: 0, how: `p${weight}/${of}` },
  });

test("a release passes a waiter that is gone, and its place ends", async () => {
  await answersOf(server, stays, pool("one", T(2), 1, 2), inLine("dead.1", 1, 2), inLine("dead.2", 2, 2));
  await answersOf(server, inLine("w.1", 3, 2));
  expect(await calledBy(release({ keys: ["p"], token: "one", fence: T(2), slots: [1] }))).toEqual(["w.1 1"]);
  expect(await server.command("ZCARD", "{p}:line")).toBe(1);
});

test.each<[string, Operation[], Operation, object]>([
  ["permits", [stays], inLine("wide.1", 1, 3, 3), { slots: [] }],
  ["permits, an exclusive one", [stays], acquire({ keys: ["p"], token: "wide.1", place: alone(1) }), {}],
])("who leaves the line of %s calls those behind it who fit", async (_what, held, leaver, terms) => {
  await answersOf(server, ...held, leaver, inLine("w.1", 2, 3), inLine("w.2", 3, 3), inLine("w.3", 4, 3));
  const leaves = { ticket: 1, waiter: "wide.1" };
  const gives = release({ keys: ["p"], token: "wide.1", fence: T(20), bury: true, leaves, ...terms });
  expect(await calledBy(gives)).toEqual(["w.1", "w.2"]);
});

test("in a pool of three hundred nobody is looked up one by one", async () => {
  const held = (slot: number) => ({ ...pool(`t${slot}`, T(slot), slot, 300), ttlMs: 600_000 });
  await answersOf(server, ...Array.from({ length: 300 }, (_, slot) => held(slot)));
  await server.command("CONFIG", "RESETSTAT");
  expect(await answersOf(server, extend({ keys: ["p"], token: "t7", fence: T(7), slots: [7] }))).toEqual([1]);
  expect(await answersOf(server, pool("more", T(900), 0, 300))).toEqual([expect.arrayContaining(["held", 0])]);
  const calls = String(await server.command("INFO", "commandstats")).matchAll(/cmdstat_\w+:calls=(\d+)/g);
  expect([...calls].reduce((sum, [, count]) => sum + Number(count), 0)).toBeLessThan(100);
});

test("inspect tells who holds it together, and changes nothing", async () => {
  await answersOf(server, pool("one", T(1), 2));
  const [answer] = await answersOf(server, inspect("p"));
  expect(answer).toEqual(["holders", `permits 0`, expect.any(Number), T(1), 0, expect.stringMatching(/^\d+ 2 3:one$/)]);
});

test("a permit costs as many commands where a hundred are out as where three are", async () => {
  const commandsWith = async (of: number): Promise<number[]> => {
    await server.flushAll();
    for (let slot = 0; slot < of - 1; slot++) await answersOf(server, pool(`t${slot}`, T(slot), slot, of));
    const counts: number[] = [];
    const last = pool("last", T(of), 0, of);
    const extended = extend({ keys: ["p"], token: "last", slots: [of - 1], fence: T(of) });
    for (const operation of [last, pool("refused", T(of + 1), 0, of), extended, gone("last", T(of))]) {
      const before = await commandCount(fleet);
      await answersOf(server, operation);
      counts.push((await commandCount(fleet)) - before);
    }
    return counts;
  };
  expect(await commandsWith(100)).toEqual(await commandsWith(3));
});
