/** What options come to: the defaults, what depends on the TTL, and what a call takes from the constructor. */
import { describe, expect, test } from "vitest";
import type { AcquireOptions, RedlockOptions } from "../../src/options/options.ts";
import { resolveCall, resolveOptions, type ResolvedCall } from "../../src/options/resolve.ts";

function resolve(ttlMs: number, constructor: RedlockOptions = {}, call?: AcquireOptions): ResolvedCall {
  return resolveCall("acquire", ttlMs, call, resolveOptions(constructor), false);
}

test("without options everything that has a fixed default gets it", () => {
  expect(resolveOptions()).toEqual({
    retryDelayMs: 50,
    retryMaxDelayMs: 1_000,
    maxHoldMs: Infinity,
    minHoldMs: 0,
    shared: false,
    weight: 1,
    fencing: true,
    fair: true,
    reentrant: false,
    driftFactor: 0.01,
    keyPrefix: "",
    fenceRetentionMs: 300_000,
    durableNodes: false,
    publishNames: false,
    name: "redlock",
  });
  expect(resolveOptions({})).toEqual(resolveOptions());
  expect(Object.isFrozen(resolveOptions())).toBe(true);
});

test.each<[number, RedlockOptions, number]>([
  [5_000, {}, 10_000],
  [10_000, {}, 12_200],
  [10_000, { restartGuardMs: 60_000 }, 63_200],
  [3_600_000, {}, 120_000],
  [60_000, { restartGuardMs: 0 }, 10_000],
  [60_000, { durableNodes: true }, 10_000],
  [60_000, { waitMs: 10 }, 10],
])("a caller with a TTL of %s ms and %o waits %s ms by default", (ttlMs, constructor, waitMs) => {
  expect(resolve(ttlMs, constructor).waitMs).toBe(waitMs);
});

test("an option that is there but undefined is one that is not there", () => {
  const nothing = Object.fromEntries(Object.keys(resolveOptions()).map((name) => [name, undefined]));
  expect(resolveOptions(nothing)).toEqual(resolveOptions());
  expect(resolve(5_000, {}, { waitMs: undefined, fair: undefined, signal: undefined })).toEqual(resolve(5_000));
});

describe("what depends on the TTL", () => {
  // The node timeout: 5 % within 50..1000, never above the TTL. The loss margin: 5 %, at least 50, at most half the TTL.
  const table: readonly (readonly [ttlMs: number, nodeTimeoutMs: number, safetyMarginMs: number])[] = [
    [10, 10, 5],
    [49, 49, 24.5],
    [100, 50, 50],
    [1_000, 50, 50],
    [1_001, 50, 50.05],
    [2_000, 100, 100],
    [20_000, 1_000, 1_000],
    [60_000, 1_000, 3_000],
  ];

  test.each(table)(
    "at a TTL of %i ms: %i ms for a node, %d ms of margin, the TTL as guard",
    (ttlMs, timeout, margin) => {
      expect(resolve(ttlMs)).toMatchObject({ nodeTimeoutMs: timeout, restartGuardMs: ttlMs });
      expect(resolve(ttlMs).safetyMarginMs).toBeCloseTo(margin, 6);
    },
  );

  test("a margin that is asked for is cut to half of the TTL", () => {
    expect(resolve(1_000, { safetyMarginMs: 700 }).safetyMarginMs).toBe(500);
    expect(resolve(1_000, { safetyMarginMs: 700 }, { safetyMarginMs: 3 }).safetyMarginMs).toBe(3);
  });
});

describe("a call", () => {
  const table: readonly (readonly [RedlockOptions, AcquireOptions | undefined, Partial<ResolvedCall>])[] = [
    [{ waitMs: 5 }, undefined, { waitMs: 5 }],
    [{ waitMs: 5 }, {}, { waitMs: 5 }],
    [{ waitMs: 5 }, { waitMs: 0 }, { waitMs: 0 }],
    [{ waitMs: 0 }, { waitMs: Infinity }, { waitMs: Infinity }],
    [{ autoExtend: true }, undefined, { autoExtend: true }],
    [{ autoExtend: true }, { autoExtend: false }, { autoExtend: false }],
    [{ nodeTimeoutMs: 7 }, undefined, { nodeTimeoutMs: 7 }],
    [{ nodeTimeoutMs: 7 }, { nodeTimeoutMs: 8 }, { nodeTimeoutMs: 8 }],
    [{ maxHoldMs: 60_000 }, undefined, { maxHoldMs: 60_000 }],
    [{ reentrant: true }, { reentrant: false }, { reentrant: false }],
    [{ restartGuardMs: 60_000 }, undefined, { restartGuardMs: 60_000 }],
    [{ restartGuardMs: 60_000 }, { restartGuardMs: 0 }, { restartGuardMs: 0 }],
    [{ durableNodes: true }, { restartGuardMs: 60_000 }, { restartGuardMs: 0 }],
    [{ retryDelayMs: 3_000 }, undefined, { retryDelayMs: 3_000, retryMaxDelayMs: 3_000 }],
    [{ retryMaxDelayMs: 200 }, { retryDelayMs: 300 }, { retryDelayMs: 300, retryMaxDelayMs: 300 }],
    [{}, { retryDelayMs: 5, retryMaxDelayMs: 10 }, { retryDelayMs: 5, retryMaxDelayMs: 10 }],
  ];

  test.each(table)("of a Redlock with %j, with %j, comes to %j", (constructor, call, comesTo) => {
    expect(resolve(5_000, constructor, call)).toMatchObject(comesTo);
  });
});

describe("fair needs fencing", () => {
  const table: readonly (readonly [RedlockOptions, AcquireOptions | undefined, boolean])[] = [
    [{}, undefined, true],
    [{ fair: false }, undefined, false],
    [{ fencing: false }, undefined, false],
    [{}, { fencing: false }, false],
    [{ fair: true }, { fencing: false }, false],
    [{ fencing: false }, { fencing: true }, true],
    [{ fencing: false }, { fencing: true, fair: true }, true],
  ];

  test.each(table)("a Redlock with %j, a call with %j: fair is %j", (constructor, call, isFair) => {
    expect(resolve(5_000, constructor, call).fair).toBe(isFair);
  });

  const refused: readonly (readonly [RedlockOptions, AcquireOptions | undefined])[] = [
    [{ fair: true, fencing: false }, undefined],
    [{ fencing: false }, { fair: true }],
    [{}, { fair: true, fencing: false }],
  ];

  test.each(refused)("a Redlock with %j, a call with %j: refused, for it is asked for in vain", (constructor, call) => {
    expect(() => resolve(5_000, constructor, call)).toThrow(RangeError);
    expect(() => resolve(5_000, constructor, call)).toThrow(/fair must be false or left out where fencing is off/);
  });
});

describe("fences outlive every round", () => {
  const refused: readonly (readonly [RedlockOptions, AcquireOptions | undefined])[] = [
    [{ fenceRetentionMs: 500, nodeTimeoutMs: 4_000 }, undefined],
    [{ fenceRetentionMs: 500 }, { nodeTimeoutMs: 4_000 }],
    [{ fenceRetentionMs: 200 }, undefined],
    [{ fenceRetentionMs: 0, fencing: false }, { fencing: true }],
  ];

  test.each(refused)("a Redlock with %j, a call with %j: refused", (constructor, call) => {
    expect(() => resolve(5_000, constructor, call)).toThrow(RangeError);
    expect(() => resolve(5_000, constructor, call)).toThrow(/^Option fenceRetentionMs must be at least nodeTimeoutMs/);
  });

  test.each([
    [{ fenceRetentionMs: 4_000, nodeTimeoutMs: 4_000 }, undefined],
    [{ fenceRetentionMs: 0, fencing: false }, undefined],
    [{ fenceRetentionMs: 0 }, { fencing: false }],
  ])("a Redlock with %j, a call with %j: taken", (constructor, call) => {
    expect(() => resolve(5_000, constructor, call)).not.toThrow();
  });
});
