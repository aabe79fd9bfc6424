/** Halves of a character have no bytes of their own: names and tokens with different ones would be the same in Redis. */
import { Redis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, test } from "vitest";
import { Redlock } from "@quorate/redlock";
import { keysOf, checkValue } from "../../src/compat/requirements.ts";
import { answering, granted } from "../support/answering-node.ts";
import { errorOf } from "../support/error-of.ts";

const halves = ["\ud83d", "\udd12", "order \ud83d", "\udd12\ud83d", "\ud83d:\udd12"];

/** What was sent meanwhile, to any node. */
async function sent(call: (redlock: Redlock) => Promise<unknown>): Promise<{ error: Error; sentCount: number }> {
  let sentCount = 0;
  const nodes = answering(3, (_operation, index) => {
    sentCount++;
    return granted(index);
  });
  const redlock = new Redlock(nodes);
  const error = await errorOf(call(redlock));
  await redlock.close();
  return { error, sentCount };
}

describe.each(halves)("%j", (half) => {
  const handed = { version: 1, resources: ["a"], token: half, fencingToken: 1, ttlMs: 1000 } as const;
  test.each([
    ["a name", (redlock: Redlock) => redlock.acquire(half, 1000)],
    ["one of several names", (redlock: Redlock) => redlock.using(["a", half], 1000, () => undefined)],
    ["a name to try", (redlock: Redlock) => redlock.tryAcquire(half, 1000)],
    ["a name to inspect", (redlock: Redlock) => redlock.inspect(half)],
    ["a name that is adopted", (redlock: Redlock) => redlock.adopt({ ...handed, resources: [half], token: "t" })],
    ["a token that is adopted", (redlock: Redlock) => redlock.adopt(handed)],
  ])("as %s is refused before any I/O", async (_what, call) => {
    const { error, sentCount } = await sent(call);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain("lone surrogates");
    expect(sentCount).toBe(0);
  });

  test("as a prefix, a client's prefix, or a name or token of compat it is refused", () => {
    const nodes = answering(3, (_operation, index) => granted(index));
    expect(() => new Redlock(nodes, { keyPrefix: half })).toThrow(RangeError);
    expect(() => new Redlock(nodes, { label: half })).toThrow(RangeError);
    expect(() => new Redlock([new Redis({ lazyConnect: true, keyPrefix: half })])).toThrow(TypeError);
    expect(() => new Redlock([createClient({ keyPrefix: half })])).toThrow(TypeError);
    expect(() => keysOf([half])).toThrow(RangeError);
    expect(() => checkValue(half)).toThrow(RangeError);
  });
});

test("a whole character is a name", async () => {
  const { error, sentCount } = await sent(async (redlock) => {
    await (await redlock.acquire("\u{1F512}", 1000)).release();
    throw new Error("locked");
  });
  expect(error.message).toBe("locked");
  expect(sentCount).toBeGreaterThan(0);
});
