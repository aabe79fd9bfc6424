/** What is refused before anything is sent. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Redlock, type HandedOverLock, type RedlockOptions } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { callsOf } from "../support/on-nodes.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

type Refusal = readonly [title: string, kind: typeof TypeError | typeof RangeError, says: RegExp, call: () => unknown];

/** What a caller without types could hand over. */
function any(value: unknown): never {
  return value as never;
}

describe("A13", () => {
  const longest = "3155760000000";
  const ttls: readonly (readonly [unknown, typeof TypeError | typeof RangeError, RegExp])[] = [
    [0, RangeError, new RegExp(`ttlMs must be an integer from 10 to ${longest}, got 0`)],
    [-1, RangeError, /ttlMs must be an integer from 10 to \d+, got -1/],
    [9, RangeError, /ttlMs .* got 9/],
    [NaN, RangeError, /ttlMs .* got NaN/],
    [Infinity, RangeError, /ttlMs .* got Infinity/],
    [1.5, RangeError, /ttlMs must be an integer .* got 1\.5/],
    [100.5, RangeError, /ttlMs must be an integer .* got 100\.5/],
    [2 ** 53, RangeError, /ttlMs .* got 9007199254740992/],
    ["1000", TypeError, /ttlMs must be a number, got "1000"/],
    [undefined, TypeError, /ttlMs must be a number, got undefined/],
    [10_000n, TypeError, /ttlMs must be a number/],
  ];

  test.each(ttls)("a TTL of %s is refused before any I/O", async (ttlMs, kind, says) => {
    await using redlock = connectTo(fleet.urls);
    await redlock.inspect("A13");
    const before = await callsOf(fleet, "evalsha");
    const errors = [
      await errorOf(redlock.acquire("A13", any(ttlMs))),
      await errorOf(redlock.tryAcquire("A13", any(ttlMs))),
      await errorOf(redlock.using("A13", any(ttlMs), () => undefined)),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(kind);
      expect(error.message).toMatch(says);
    }
    expect(await callsOf(fleet, "evalsha")).toEqual(before);
  });

  const resources: readonly (readonly [string, unknown, typeof TypeError | typeof RangeError, RegExp])[] = [
    ["no resources", [], RangeError, /1 to 1000 resources, got 0/],
    ["an empty name", "", RangeError, /1 to 8192 bytes long, got 0/],
    ["an empty name among others", ["a", ""], RangeError, /1 to 8192 bytes long, got 0/],
    ["the same resource twice", ["a", "b", "a"], RangeError, /"a" is there twice/],
    ["a name of 8193 bytes", "x".repeat(8_193), RangeError, /got 8193/],
    ["a number", 42, TypeError, /must be a string or an array of strings, got 42/],
    ["a number among names", ["a", 42], TypeError, /must be a string, got 42/],
    ["a set", new Set(["a"]), TypeError, /got an object/],
    ["1001 resources", Array.from({ length: 1_001 }, (_, index) => `r${index}`), RangeError, /got 1001/],
  ];

  test.each(resources)("%s is refused before any I/O", async (_title, given, kind, says) => {
    await using redlock = connectTo(fleet.urls);
    await redlock.inspect("A13");
    const before = await callsOf(fleet, "evalsha");
    const error = await errorOf(redlock.acquire(any(given), 1_000));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(says);
    expect(await callsOf(fleet, "evalsha")).toEqual(before);
  });

  const options: readonly (readonly [unknown, typeof TypeError | typeof RangeError, RegExp])[] = [
    [{ waitMs: -1 }, RangeError, /waitMs must be a number from 0 to Infinity, got -1/],
    [{ waitMs: NaN }, RangeError, /waitMs .* got NaN/],
    [{ waitMs: "5 s" }, TypeError, /waitMs must be a number, got "5 s"/],
    [{ nodeTimeoutMs: 0 }, RangeError, /nodeTimeoutMs must be a number from 1 to 60000, got 0/],
    [{ retryDelayMs: -5 }, RangeError, /retryDelayMs .* got -5/],
    [
      { retryDelayMs: 100, retryMaxDelayMs: 50 },
      RangeError,
      /retryMaxDelayMs must be at least retryDelayMs \(100\), got 50/,
    ],
    [{ maxHoldMs: 0 }, RangeError, /maxHoldMs .* from 1 .* got 0/],
    [{ restartGuardMs: -1 }, RangeError, /restartGuardMs .* got -1/],
    [{ safetyMarginMs: -1 }, RangeError, /safetyMarginMs .* got -1/],
    [{ autoExtend: "yes" }, TypeError, /autoExtend must be a boolean, got "yes"/],
    [{ fencing: 1 }, TypeError, /fencing must be a boolean, got 1/],
    [{ signal: {} }, TypeError, /signal must be an AbortSignal, got an object/],
    [{ waitMS: 5 }, TypeError, /no option waitMS; did you mean waitMs\?/],
    [{ quorum: 1 }, TypeError, /no option quorum\.$/],
    [{ wait: 5 }, TypeError, /no option wait; did you mean waitMs\?/],
    [{ timeout: 5 }, TypeError, /no option timeout\.$/],
    [{ toString: 5 }, TypeError, /no option toString\.$/],
    [{ driftFactor: 0.1 }, TypeError, /driftFactor is the same for all calls: give it to new Redlock/],
    [
      { fair: true, fencing: false },
      RangeError,
      /fair must be false or left out where fencing is off: the nodes' line/,
    ],
    [[], TypeError, /options must be an object/],
    ["fast", TypeError, /options must be an object, got "fast"/],
    [null, TypeError, /options must be an object, got null/],
  ];

  test.each(options)("options %j are refused before any I/O", async (given, kind, says) => {
    await using redlock = connectTo(fleet.urls);
    await redlock.inspect("A13");
    const before = await callsOf(fleet, "evalsha");
    const error = await errorOf(redlock.acquire("A13", 1_000, any(given)));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(says);
    expect(await callsOf(fleet, "evalsha")).toEqual(before);
  });

  const nodeRedis = { isOpen: true, isReady: true, sendCommand: () => undefined, connect: () => undefined };
  const nodeRedlock = [
    ["retryCount", "waitMs"],
    ["retryDelay", "retryDelayMs"],
    ["retryJitter", "retryMaxDelayMs"],
    ["automaticExtensionThreshold", "autoExtend"],
  ] as const;
  const constructions: readonly Refusal[] = [
    ["no nodes", RangeError, /1 to 31 entries, one per master, got 0/, () => new Redlock([])],
    ["no addresses", RangeError, /1 to 31 entries, one per master, got 0/, () => Redlock.connect([])],
    [
      "32 addresses",
      RangeError,
      /got 32/,
      () => Redlock.connect(Array.from({ length: 32 }, (_, n) => `redis://h${n}`)),
    ],
    ["one client instead of a list", TypeError, /must be an array/, () => new Redlock(any({}))],
    [
      "a node-redis client",
      TypeError,
      /clients\[0\] looks like a node-redis client; .*ioredis/,
      () => new Redlock([any(nodeRedis)]),
    ],
    [
      "a URL as a client",
      TypeError,
      /clients\[0\] is a string; use Redlock\.connect/,
      () => new Redlock([any("redis://a")]),
    ],
    [
      "a promise of a client",
      TypeError,
      /clients\[0\] is a promise; await it/,
      () => new Redlock([any(Promise.resolve())]),
    ],
    ["null as a client", TypeError, /clients\[0\] is no ioredis client/, () => new Redlock([any(null)])],
    [
      "a drift of 60 %",
      RangeError,
      /driftFactor must be a number from 0 to 0\.5, got 0\.6/,
      () => withOptions({ driftFactor: 0.6 }),
    ],
    [
      "a retention of 1.5 ms",
      RangeError,
      /fenceRetentionMs must be an integer/,
      () => withOptions({ fenceRetentionMs: 1.5 }),
    ],
    [
      "a prefix that is no string",
      TypeError,
      /keyPrefix must be a string, got 5/,
      () => withOptions({ keyPrefix: any(5) }),
    ],
    [
      "a misspelt option",
      TypeError,
      /no option fenching; did you mean fencing\?/,
      () => withOptions(any({ fenching: true })),
    ],
    ...nodeRedlock.map(([option, says]): Refusal => [
      `node-redlock's ${option}`,
      TypeError,
      new RegExp(`^new Redlock: there is no option ${option}: .*${says}`),
      () => withOptions(any({ [option]: 3 })),
    ]),
  ];

  function withOptions(given: RedlockOptions): Redlock {
    return Redlock.connect(["redis://127.0.0.1:1"], given);
  }

  test.each(constructions)("%s: refused by the constructor", (_title, kind, says, call) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(says);
  });

  test("the same client twice is refused by the constructor, with both places", () => {
    const client = new Redis({ lazyConnect: true });
    const other = new Redis({ lazyConnect: true });
    expect(() => new Redlock([client, other, client])).toThrow(/clients\[0\] and clients\[2\] are the same client/);
    expect(client.status).toBe("wait");
  });

  test("a call without a routine, and an adoption of what is no lock, are refused before any I/O", async () => {
    await using redlock = connectTo(fleet.urls);
    await redlock.inspect("A13");
    const before = await callsOf(fleet, "evalsha");
    await expect(redlock.using("A13", 1_000, any(undefined))).rejects.toThrow(/using needs a routine/);
    await expect(redlock.using("A13", 1_000, {}, any("x"))).rejects.toThrow(/using needs a routine.* got "x"/);
    await expect(redlock.adopt(any("{}"))).rejects.toThrow(/adopt needs what lock\.handOver\(\) gave/);
    const json: HandedOverLock = { version: 1, resources: ["A13"], token: "t", fencingToken: 1.5, ttlMs: 1_000 };
    await expect(redlock.adopt(json)).rejects.toThrow(/fencingToken must be a safe integer or null, got 1\.5/);
    expect(await callsOf(fleet, "evalsha")).toEqual(before);
  });

  test("an extension by a bad TTL is refused, and the lock is still held", async () => {
    await using redlock = connectTo(fleet.urls);
    await using lock = await redlock.acquire("A13:extend", 5_000);
    await expect(lock.extend(0)).rejects.toThrow(/ttlMs must be an integer from 10 to \d+, got 0/);
    await expect(lock.extend(any("1000"))).rejects.toThrow(TypeError);
    expect(lock.isHeld()).toBe(true);
  });
});
