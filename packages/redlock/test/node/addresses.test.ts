/** Which addresses `Redlock.connect` refuses before it makes a client, and how it says which one it means. */
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
