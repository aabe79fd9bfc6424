/** What a resource may be called. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { until } from "../support/until.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

const names = [
  "plain",
  "PLAIN",
  "Plain",
  "plain ",
  " plain",
  "a:b",
  "a:b:c",
  "{a}:b",
  "a:{b}",
  "{}",
  "{",
  "}",
  "{}:x",
  "{{x}}",
  "}{",
  "*",
  "?[a]",
  "a\nb",
  "a\r\nb",
  "a\0b",
  '"quoted"',
  "ключ",
  "鍵",
  "🔒",
  "e\u0301",
  "\u00e9",
  "x".repeat(512),
  `${"x".repeat(511)}y`,
  "0",
  "-1",
  "1e3",
];

describe("A12", () => {
  test("names with colons, braces, spaces, 512 bytes, unicode, and names that differ only in case are independent locks", async () => {
    await using redlock = connectTo(fleet.urls);
    await using other = connectTo(fleet.urls);
    const locks = await Promise.all(names.map((name) => redlock.acquire(name, 30_000)));
    expect(await Promise.all(names.map((name) => other.tryAcquire(name, 30_000)))).toEqual(names.map(() => null));
    const [first, ...rest] = locks;
    await first!.release();
    expect(rest.every((lock) => lock.isHeld())).toBe(true);
    await using again = await other.acquire(names[0]!, 30_000, { waitMs: 0 });
    expect(again.isHeld()).toBe(true);
    expect(await other.tryAcquire(names.slice(1), 30_000)).toBeNull();
    await Promise.all(rest.map((lock) => lock.release()));
    expect((await fleet.lockKeys()).map(({ key }) => key)).toEqual(["plain", "plain", "plain"]);
  });

  test("a prefix makes other locks of the same names, and the nodes' keys begin with it", async () => {
    await using plain = connectTo(fleet.urls);
    await using prefixed = connectTo(fleet.urls, { keyPrefix: "app:" });
    await using one = await plain.acquire("shared", 30_000);
    await using two = await prefixed.acquire("shared", 30_000, { waitMs: 0 });
    expect(one.isHeld() && two.isHeld()).toBe(true);
    expect(await fleet.node(0).lockKeys()).toEqual(["app:shared", "shared"]);
  });

  test.each([
    ["", "{order}:fence"],
    ["", "a{order}b:fence"],
    ["", "{order}:1:fence"],
    ["", "{order}:line"],
    ["{app}:", "order:fence"],
    ["{app}:", "order:line"],
    ["app{", "order:line"],
  ])(
    "with the prefix %j, %j is refused: what belongs to another resource is kept in that key",
    async (keyPrefix, name) => {
      await using redlock = connectTo(fleet.urls, { keyPrefix });
      const error = await errorOf(redlock.acquire(name, 1_000));
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toContain(`got "${keyPrefix}${name}"`);
      expect(await errorOf(redlock.inspect(name))).toBeInstanceOf(RangeError);
    },
  );

  test.each(["order:fence", "order:line", ":line"])(
    "%s, in which nothing of another one is kept, is a name",
    async (name) => {
      await using redlock = connectTo(fleet.urls, { keyPrefix: "app:" });
      await using lock = await redlock.acquire(name, 30_000);
      expect(lock.isHeld()).toBe(true);
    },
  );

  test("a crowd that waits for one resource overwrites no lock of another, whatever it is called", async () => {
    await using holder = connectTo(fleet.urls);
    await using waiter = connectTo(fleet.urls);
    const locks = await Promise.all(["order", "order:line", "order:fence"].map((name) => holder.acquire(name, 30_000)));
    let refusedCount = 0;
    waiter.on("roundFailed", () => refusedCount++);
    const waiting = waiter.acquire("order", 30_000);
    await until(() => refusedCount >= 2);
    for (const lock of locks) await lock.extend();
    await Promise.all(locks.map((lock) => lock.release()));
    await (await waiting).release();
  });
});
