/** Every key that is derived from a lock key is where a Redis Cluster keeps that: a script may touch one slot only. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fenceKey } from "../../src/node/index.ts";
import { slotOf } from "../../src/node/keys.ts";

const lineKey = (key: string): string => fenceKey(key).replace(/fence$/, "line");

/** As the reference says it, byte by byte, and written apart from ours. */
function clusterSlot(key: string): number {
  const tag = /^[^{]*\{([^}]+)\}/s.exec(key)?.[1] ?? key;
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    let top = (crc >> 8) ^ byte;
    top ^= top >> 4;
    crc = ((crc << 8) ^ (top << 12) ^ (top << 5) ^ top) & 0xffff;
  }
  return crc & 16_383;
}

describe("of every lock key the fence and the line are in its slot", () => {
  test.each([
    "a}b",
    "{}x",
    "}",
    "a{}{b}c",
    "report:{}",
    "{",
    "{}",
    "}{",
    "{a}",
    "a{b",
    "{{x}}",
    "{}{}",
    "{\n}x",
    "\u{1F512}}",
  ])("%j", (key) => {
    expect(clusterSlot(fenceKey(key))).toBe(clusterSlot(key));
    expect(clusterSlot(lineKey(key))).toBe(clusterSlot(key));
  });

  test("whatever it is called", () => {
    const braced = fc.string({
      unit: fc.constantFrom("{", "}", "a", ":", "\u00e9", "\n"),
      minLength: 1,
      maxLength: 12,
    });
    const key = fc.oneof(braced, fc.string({ minLength: 1, unit: "binary" }));
    fc.assert(
      fc.property(key, (name) => {
        expect(slotOf(name)).toBe(clusterSlot(name));
        expect(clusterSlot(fenceKey(name))).toBe(clusterSlot(name));
        expect(fenceKey(name)).not.toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });

  test("two names that differ have fences that differ, but for a name and the same in braces", () => {
    const names = ["a}b", "a}", "}", "}b", "{}x", "{}", "report:{}", "report:{}{}", "a{}{b}c", "a{}{b}d"];
    expect(new Set(names.map(fenceKey)).size).toBe(names.length);
  });
});
