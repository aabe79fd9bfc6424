import * as five from "ioredis";
import * as six from "ioredis6";
import { expect, test } from "vitest";
import { describeForeignClient, isIoredisClient, nameOf, type IoredisClient } from "../../src/node/ioredis/client.ts";
import { isWritable } from "../../src/node/ioredis/script-caller.ts";

const lazy = { lazyConnect: true };

/** The types are the test: each must be assignable without a cast. */
const clients: [string, IoredisClient][] = [
  ["Redis of ioredis 5", new five.Redis(6379, "10.0.0.1", lazy)],
  ["Cluster of ioredis 5", new five.Cluster([{ host: "10.0.0.1", port: 7000 }], lazy)],
  ["Redis of ioredis 6", new six.Redis(6379, "10.0.0.1", lazy)],
  ["Cluster of ioredis 6", new six.Cluster(["redis://user:secret@10.0.0.1:7000"], lazy)],
];

test.each(clients)("%s is recognised", (_name, client) => {
  expect(isIoredisClient(client)).toBe(true);
});

test.each([
  ["redis://user:secret@10.0.0.1:6380/2", "10.0.0.1:6380/2"],
  ["redis://10.0.0.1", "10.0.0.1:6379"],
  ["/run/redis.sock", "/run/redis.sock"],
])("a node at %s is called %s, never with its password", (url, name) => {
  expect(nameOf(new five.Redis(url, lazy))).toBe(name);
});

test("a Cluster is called after its first startup node", () => {
  expect(clients.map(([, client]) => nameOf(client))).toEqual([
    "10.0.0.1:6379",
    "cluster 10.0.0.1:7000",
    "10.0.0.1:6379",
    "cluster 10.0.0.1:7000",
  ]);
});

test.each([
  [{ isOpen: true, isReady: true, sendCommand: () => {}, duplicate: () => {} }, "looks like a node-redis client"],
  ["redis://a:6379", "use Redlock.connect"],
  [Promise.resolve(), "is a promise"],
  [undefined, "is no ioredis client"],
])("%o is described by its remedy", (value, words) => {
  expect(isIoredisClient(value)).toBe(false);
  expect(describeForeignClient(value)).toContain(words);
});

test.each([
  ["ready", undefined, true],
  ["ready", { writable: true }, true],
  ["ready", { writable: false }, false],
  ["reconnecting", { writable: true }, false],
])("a client that says %s over the stream %j is writable: %j", (status, stream, expected) => {
  expect(isWritable({ status, stream } as unknown as IoredisClient)).toBe(expected);
});
