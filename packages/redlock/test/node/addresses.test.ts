/** Which addresses `Redlock.connect` refuses before it makes a client, and how it says which one it means. */
import { Redis as Ioredis } from "ioredis";
import { expect, test } from "vitest";
import { Redlock } from "@quorate/redlock";
import { checkAddresses } from "../../src/node/ioredis/addresses.ts";

type Case = readonly [title: string, addresses: readonly unknown[], says: RegExp];

const noAddress: readonly Case[] = [
  ["an empty text", ["redis://a", ""], /addresses\[1\] names no host/],
  ["a number", [6379], /addresses\[0\] is neither a URL nor ioredis options but 6379/],
  ["null", ["redis://a", null], /addresses\[1\] is neither .* but null/],
  ["a host with a space", ["redis://a", "local host"], /addresses\[1\] is no URL\. Write redis:/],
  ["a URL without a host", ["redis://"], /addresses\[0\] names no host/],
  ["a URL of another protocol", ["redis://a", "http://a:1"], /addresses\[1\] .*protocol is http:\/\//],
  ["what ioredis takes for a socket's path", ["valkey://a:1"], /addresses\[0\] .*valkey:\/\/\. Write redis:/],
];

const halfRight: readonly Case[] = [
  ["a % in a password", ["redis://a", "redis://u:100%@b"], /addresses\[1\] has a % in its user name or password/],
  ["a database with a name", ["redis://a", "redis://b/main"], /addresses\[1\] names a database/],
  ["a database with a name, in options", ["redis://a", { host: "b", db: "main" }], /addresses\[1\] names a database/],
  ["a port out of range", ["redis://a", { port: 70_000 }], /addresses\[1\] has a port/],
  ["a port out of range, as text", ["redis://a", "70000"], /addresses\[1\] has a port/],
  ["a host that is no text", ["redis://a", { host: 7 }], /addresses\[1\] has a host/],
];

test.each(halfRight)("%s is refused before the clients of the others are made", (_title, addresses, says) => {
  const made: unknown[] = [];
  class Redis extends Ioredis {
    constructor(address: string) {
      super(address, { lazyConnect: true });
      made.push(address);
    }
  }
  expect(() => Redlock.connect(addresses as string[], { Redis })).toThrow(TypeError);
  expect(() => Redlock.connect(addresses as string[], { Redis })).toThrow(says);
  expect(made).toEqual([]);
});

test("where a client cannot be made, those before it are closed", async () => {
  const made: Ioredis[] = [];
  class Redis extends Ioredis {
    constructor(address: string, options: object) {
      if (made.length === 2) throw new Error("no more");
      super(address, options);
      made.push(this);
    }
  }
  expect(() => Redlock.connect(["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"], { Redis })).toThrow("no more");
  expect(made).toHaveLength(2);
  await expect.poll(() => made.map(({ status }) => status)).toEqual(["end", "end"]);
});

test("what makes the clients must be a class", () => {
  expect(() => Redlock.connect(["a"], { Redis: {} as never })).toThrow(/^Redlock\.connect: option Redis must be/);
});

test.each(noAddress)("%s is no address: refused by its place", (_title, addresses, says) => {
  expect(() => Redlock.connect(addresses as string[])).toThrow(TypeError);
  expect(() => Redlock.connect(addresses as string[])).toThrow(says);
});

const twins: readonly Case[] = [
  ["word for word", ["redis://a:1", "redis://b:1", "redis://a:1"], /addresses\[0\] and addresses\[2\] .* a:1\./],
  ["in other words", ["redis://u:secret@A:6379/0", { host: "a" }], /addresses\[0\] and addresses\[1\] .* a:6379\./],
  ["with its database", ["a/3", "redis://a:6379/3"], /addresses\[0\] and addresses\[1\] .* a:6379\/3\./],
  ["by its socket", ["/tmp/redis.sock?db=1", { path: "/tmp/redis.sock" }], /\/tmp\/redis\.sock\./],
];

test.each(twins)("one server twice, %s: refused with both places", (_title, addresses, says) => {
  expect(() => Redlock.connect(addresses as string[])).toThrow(RangeError);
  expect(() => Redlock.connect(addresses as string[])).toThrow(says);
});

test("no password of an address is shown, not even of one that is no URL", () => {
  for (const url of ["redis://:secret", "redis://u:secret@a b", "http://u:secret@a", "//u:secret@"]) {
    expect(() => Redlock.connect([url])).toThrow(/^(?!.*secret).*addresses\[0\]/);
  }
});

test("addresses in every form that ioredis takes are accepted; which databases are one server, the servers tell", () => {
  const urls = ["rediss://:p%40ss@a:1/2", "a:1", "REDIS://a:1/1", "2", "//a:2", "/no/socket", "[::1]:1"];
  const options = [{ port: 3 }, { path: "/none" }, { sentinels: [], name: "a" }, { sentinels: [], name: "b" }];
  expect(() => checkAddresses([...urls, ...options])).not.toThrow();
});
