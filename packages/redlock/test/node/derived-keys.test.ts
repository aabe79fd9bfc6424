/**
 * The keys that are derived from a lock key's name, the fence and the line, may hold somebody else's data: it is refused
 * where it would be needed, and never written over, deleted, or given a time to live.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { fenceKey, type Answer, type LinePlace } from "../../src/node/index.ts";
import { acquire, extend, fenceNow, heal, release } from "./operations.ts";
import { answersOf } from "./run-script.ts";

let fleet: Fleet;
let server: RedisServer;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 1 });
  server = fleet.node(0);
});
afterAll(() => fleet.stop());
beforeEach(() => server.flushAll());

const place: LinePlace = { ticket: 1, waiter: "p.1", keepMs: 5_000, number: 1, claimMs: 2_000 };
const fence = fenceNow + 1;

/** Everything that a lock does to one resource, waited for or not. */
async function liveThrough(key: string): Promise<Answer[]> {
  const keys = [key];
  return answersOf(
    server,
    acquire({ keys }),
    acquire({ keys, token: "two", fence, place }),
    extend({ keys }),
    release({ keys, announce: true }),
    release({ keys, token: "two", fence, bury: true, leaves: place }),
    acquire({ keys, token: "three", fence: fence + 1, place: { ...place, waiter: "p.2" } }),
    heal({ keys, token: "three", fence: fence + 1 }),
    release({
      keys,
      token: "three",
      fence: fence + 1,
      bury: true,
      announce: true,
      leaves: { ...place, waiter: "p.2" },
    }),
  );
}

const foreign = [
  "SET %s somebody's",
  "SET %s 12:00",
  "SET %s 1763680000123456:x",
  "RPUSH %s job-1 job-2",
  "HSET %s field 1",
  "SADD %s member",
  "ZADD %s 3 member",
  "XADD %s * field 1",
];

describe.each(["order:42", "{order}:42"])("beside %s", (key) => {
  test.each(foreign)("%s under the line's name outlives every verb", async (command) => {
    const lineKey = fenceKey(key).replace(/fence$/, "line");
    const [name = "", ...parameters] = command.replace("%s", lineKey).split(" ");
    await server.command(name, ...parameters);
    const before = await server.command("DUMP", lineKey);
    const answers = await liveThrough(key);
    expect(answers[0]).toBe(1);
    expect(answers[1]).toEqual(["error", expect.stringMatching(/^LINE .*no line of waiters/)]);
    expect(await server.command("DUMP", lineKey)).toEqual(before);
    expect(await server.command("PTTL", lineKey)).toBe(-1);
  });

  test.each(foreign)("%s that comes under the fence's name while the lock is held outlives it", async (command) => {
    await answersOf(server, acquire({ keys: [key] }));
    await server.command("DEL", fenceKey(key));
    const [name = "", ...parameters] = command.replace("%s", fenceKey(key)).split(" ");
    await server.command(name, ...parameters);
    const before = await server.command("DUMP", fenceKey(key));
    const ends = { keys: [key], announce: true };
    expect(await answersOf(server, extend({ keys: [key] }), release(ends))).toEqual([1, 1]);
    expect(await server.command("DUMP", fenceKey(key))).toEqual(before);
    expect(await server.command("PTTL", fenceKey(key))).toBe(-1);
  });

  test.each(foreign)("%s under the fence's name is refused, and outlives every verb", async (command) => {
    const [name = "", ...parameters] = command.replace("%s", fenceKey(key)).split(" ");
    await server.command(name, ...parameters);
    const before = await server.command("DUMP", fenceKey(key));
    const answers = await liveThrough(key);
    expect(answers[0]).toEqual(["error", expect.stringMatching(/^(?:WRONGTYPE|FENCE)/)]);
    expect(await server.lockKeys()).toEqual([]);
    expect(await server.command("DUMP", fenceKey(key))).toEqual(before);
    expect(await server.command("PTTL", fenceKey(key))).toBe(-1);
  });
});
