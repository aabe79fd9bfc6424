/** Which client is which, and what is said of those that do not fit. */
import { GlideClient, GlideClusterClient } from "@valkey/valkey-glide";
import { Redis } from "ioredis";
import { createClient as createClient5, createCluster as createCluster5 } from "redis5";
import {
  createClient as createClient6,
  createClientPool as createPool6,
  createCluster as createCluster6,
  createSentinel as createSentinel6,
} from "redis6";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Redlock, type RedisClient } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { removeGlideSockets } from "./glide-sockets.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 1 });
});
afterAll(() => fleet.stop());
afterAll(removeGlideSockets);

/** The types are a part of the test: each must be assignable without a cast. */
const made: [string, () => RedisClient][] = [
  ["node-redis 5", () => createClient5({ url: "redis://user:secret@10.0.0.1:6380/2" })],
  ["node-redis 6", () => createClient6({ url: "redis://user:secret@10.0.0.1:6380/2" })],
];

test.each(made)("%s is recognised, and called by its address without its password", async (_name, make) => {
  const redlock = new Redlock([make()]);
  expect(redlock.health().nodes[0]!.node).toBe("10.0.0.1:6380/2");
  await redlock.close();
});

test("valkey-glide is recognised, and called by its address", async () => {
  const { host, port } = fleet.node(0);
  const client: RedisClient = await GlideClient.createClient({ addresses: [{ host, port }] });
  const redlock = new Redlock([client]);
  expect(redlock.health().nodes[0]!.node).toBe(`${host}:${port}`);
  await redlock.close();
  client.close();
});

const nodeRedis = /^Redlock: clients\[0\] looks like a node-redis client; but not like one that createClient/;
const rejected: [string, () => unknown, RegExp][] = [
  ["a cluster of node-redis 5", () => createCluster5({ rootNodes: [] }), nodeRedis],
  ["a cluster of node-redis 6", () => createCluster6({ rootNodes: [] }), nodeRedis],
  ["a pool of node-redis 6", () => createPool6(), nodeRedis],
  [
    "a sentinel of node-redis 6",
    () => createSentinel6({ name: "m", sentinelRootNodes: [{ host: "a", port: 1 }] }),
    nodeRedis,
  ],
  [
    "a cluster client of valkey-glide",
    () => Object.create(GlideClusterClient.prototype),
    /make a GlideClient per master/,
  ],
  ["a URL", () => "redis://a:6379", /use Redlock.connect/],
  ["a promise of a client", () => Promise.resolve(), /is a promise; await it first/],
  ["nothing", () => undefined, /no ioredis client .* no node-redis client .* no valkey-glide client/],
];

test.each(rejected)("%s is refused with its remedy", (_name, make, words) => {
  expect(() => new Redlock([make() as RedisClient])).toThrow(words);
});

test("the key prefix of a node-redis 6 client stands before the lock's and the fence's key, as with ioredis", async () => {
  const { url } = fleet.node(0);
  const six = createClient6({ url, keyPrefix: "app:" });
  await six.connect();
  const one = new Redlock([six], { restartGuardMs: 0 });
  await using lock = await one.acquire("orders", 5_000);
  expect(lock.isHeld()).toBe(true);
  expect(await fleet.node(0).keys()).toEqual(["app:orders", "{app:orders}:fence"]);
  const ioredis = new Redis(url, { keyPrefix: "app:" });
  const other = new Redlock([ioredis], { restartGuardMs: 0 });
  other.on("warning", () => {});
  expect(await other.tryAcquire("orders", 5_000)).toBeNull();
  await Promise.all([one.close(), other.close()]);
  six.destroy();
  ioredis.disconnect();
});
