/** A waiter that is told of a key counts it: so nobody is told of one that is not set. */
import { startFleet, type Fleet, type RedisServer } from "@quorate/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ReleaseOperation } from "../../src/node/index.ts";
import { acquire, fenceNow, release } from "./operations.ts";
import { answersOf } from "./run-script.ts";
import { until } from "../support/until.ts";

let fleet: Fleet;
let server: RedisServer;
let listener: Redis;
const heard: string[] = [];

beforeAll(async () => {
  fleet = await startFleet({ nodes: [{}] });
  server = fleet.node(0);
  listener = new Redis(server.port, "127.0.0.1");
  listener.on("message", (_channel, message) => heard.push(message));
  await listener.subscribe("a:released:p");
});
afterAll(async () => {
  listener.disconnect();
  await fleet.stop();
});
beforeEach(async () => {
  await server.flushAll();
  heard.length = 0;
});

/** Somebody waits for a lock whose key is gone already, by the holder's release. */
async function releaseOfEnded(): Promise<ReleaseOperation> {
  const place = { ticket: 1_700_000_000_000_000, waiter: "p.1", keepMs: 5_000, number: 1, claimMs: 2_000 };
  await answersOf(server, acquire({ keys: ["a"] }));
  await answersOf(server, acquire({ keys: ["a"], token: "two", fence: fenceNow + 1, place }));
  await server.command("DEL", "a");
  return release({ keys: ["a"], announce: true });
}

async function whatWasHeard(): Promise<string[]> {
  await server.command("PUBLISH", "a:released:p", "end");
  await until(() => heard.includes("end"));
  return heard;
}

test("a node that may not write now", async () => {
  const late = await releaseOfEnded();
  await server.command("CONFIG", "SET", "min-replicas-to-write", "1");
  const answers = await answersOf(server, late);
  await server.command("CONFIG", "SET", "min-replicas-to-write", "0");
  expect(answers).toEqual([["error", expect.stringContaining("NOREPLICAS")]]);
  expect(await whatWasHeard()).toEqual(["end"]);
});

test("somebody else's data in the lock's key", async () => {
  const late = await releaseOfEnded();
  await server.command("HSET", "a", "field", "value");
  await answersOf(server, late);
  expect(await server.command("HGET", "a", "field")).toBe("value");
  expect(await whatWasHeard()).toEqual(["end"]);
});
