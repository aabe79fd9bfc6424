/** What a node cannot read of those who hold something together is not taken for free: on a real server. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { acquire, extend, fenceNow, release } from "./operations.ts";
import { answersOf } from "./run-script.ts";

let fleet: Fleet;
let server: RedisServer;

beforeAll(async () => {
  fleet = await startFleet({ nodes: 1 });
  server = fleet.node(0);
});
afterAll(() => fleet.stop());
beforeEach(() => server.flushAll());

const T = (above: number) => fenceNow + above;
const permit = (token: string, fence: number, of = 1) =>
  acquire({ keys: ["p"], token, fence, permits: { of, weight: 1, start: 0 } });
const reader = (token: string, fence: number) => acquire({ keys: ["p"], token, fence, shared: [0] });
const failed = (word: string) => [["error", expect.stringContaining(word)]];

test.each([
  ["permits", permit("one", T(1))],
  ["a reader", reader("one", T(1))],
  ["a reader of the other", acquire({ keys: ["p", "q"], token: "one", fence: T(1), shared: [1] })],
])("somebody else's hash under the lock key or its fence keeps %s out, and is left alone", async (_who, operation) => {
  for (const key of ["p", "{p}:fence"]) {
    await server.flushAll();
    await server.command("HSET", key, "owner", "another library");
    expect(await answersOf(server, operation)).toEqual(failed("WRONGTYPE"));
    expect(await server.keys()).toEqual([key]);
    expect(await server.command("TYPE", key)).toBe("hash");
  }
});

test.each(["holders", "slots", "buried"])("somebody else's text in the place of the %s is left alone", async (name) => {
  await server.command("SET", `{p}:${name}`, "mine");
  expect(await answersOf(server, permit("one", T(1)))).toEqual(failed("WRONGTYPE"));
  expect(await answersOf(server, reader("one", T(1)))).toEqual(failed("WRONGTYPE"));
  expect(await server.keys()).toEqual([`{p}:${name}`]);
});

test.each(["holders", "slots"])(
  "with the %s deleted, a number is not given again while its holder has it",
  async (name) => {
    await answersOf(server, permit("one", T(1)));
    await server.command("DEL", `{p}:${name}`);
    const one = { keys: ["p"], token: "one", fence: T(1), slots: [0] };
    for (const operation of [permit("two", T(2)), extend(one), release(one)]) {
      expect(await answersOf(server, operation)).toEqual(failed("TRYAGAIN"));
    }
    expect(await server.command("GET", "p")).toBe("permits 0");
  },
);

test("without the right to look for a holder, nobody's number is free", async () => {
  await answersOf(server, permit("one", T(1)));
  await server.command("ACL", "SETUSER", "poor", "on", ">poor", "~*", "&*", "+@all", "-zscore", "-zrangebyscore");
  await server.command("AUTH", "poor", "poor");
  try {
    expect(await answersOf(server, permit("two", T(2)))).toEqual(failed("can't run this command"));
  } finally {
    await server.command("ACL", "SETUSER", "default", "on", "nopass");
    await server.command("AUTH", "default", "any");
  }
  const [answer] = await answersOf(server, permit("three", T(3)));
  expect(answer).toEqual(expect.arrayContaining(["held", 0]));
});
