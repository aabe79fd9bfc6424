/** Who holds a lock, as others see it: told by the nodes with their refusal, without another question. */
import { hostname } from "node:os";
import { Redlock, type RoundFailedEvent, ResourceLockedError } from "@quorate/redlock";
import { memoryNodes, startFleet } from "@quorate/testing";
import { describe, expect, test } from "vitest";
import { labelOf, shownToken } from "../../src/core/token.ts";
import { connectTo, forTest } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";

test.each(["nodes in memory", "real servers"])("whom %s refuse is told who holds the lock", async (kind) => {
  await using fleet = kind === "real servers" ? await startFleet({ nodes: 3 }) : undefined;
  const memory = memoryNodes(3);
  const make = () => (fleet === undefined ? forTest(new Redlock(memory.connect())) : connectTo(fleet.urls));
  await using holder = make();
  await using other = make();
  for (const label of ["web-1 ☕ deploy:42:x", "ü".repeat(100), undefined]) {
    const shown = label ?? `${hostname()}:${process.pid}`;
    await using held = await holder.acquire("a", 10_000, { label });
    expect(held.token).toMatch(/^[\w-]{16,}:\d+:/);
    const refusals: RoundFailedEvent[] = [];
    other.once("roundFailed", (event) => refusals.push(event));
    const error = await errorOf(other.acquire("a", 10_000, { waitMs: 0 }));
    expect(error).toBeInstanceOf(ResourceLockedError);
    expect((error as ResourceLockedError).label).toBe(shown);
    expect(error.message).toContain(`is held by someone else (${shown})`);
    expect(error.message).not.toContain(held.token.slice(0, 12));
    expect(refusals).toMatchObject([{ holder: held.token.slice(0, 8), label: shown }]);
    const seen = await other.inspect("a");
    expect([seen.label, ...seen.nodes.map((node) => node.label)]).toEqual(Array.from({ length: 4 }, () => shown));
  }
});

test("who waits in the holder's own process is told the label too", async () => {
  await using redlock = forTest(new Redlock(memoryNodes(3).connect(), { label: "the whole process" }));
  await using held = await redlock.acquire("a", 10_000, { label: "this one" });
  await using other = await redlock.acquire("b", 10_000);
  expect(await errorOf(redlock.acquire("a", 10_000, { waitMs: 50 }))).toMatchObject({ label: "this one" });
  expect(await errorOf(redlock.acquire("b", 10_000, { waitMs: 50 }))).toMatchObject({ label: "the whole process" });
  expect([held, other].map((lock) => labelOf(lock.token))).toEqual(["this one", "the whole process"]);
});

describe("a label is refused before any I/O", () => {
  test.each([
    ["", /must not be empty/],
    ["x".repeat(201), /at most 200 bytes, got 201/],
    ["ü".repeat(101), /at most 200 bytes, got 202/],
    ["a\nb", /no control characters/],
    ["a\u001B[31mb", /no control characters/],
    ["\u202Eevil", /no control characters/],
    ["half \uD83D", /no lone surrogates/],
  ])("when it is %j", (label, message) => {
    expect(() => new Redlock(memoryNodes(1).connect(), { label })).toThrow(RangeError);
    expect(() => new Redlock(memoryNodes(1).connect(), { label })).toThrow(message);
  });
});

test("what another library or a hostile holder wrote shows no more than its beginning, and no label", () => {
  for (const token of ["0123456789abcdef", "x:y:z", "abc:12", "short", "abcdefghij:12:\u001B[2J", "abcdefghij:12:"]) {
    expect(labelOf(token)).toBeUndefined();
    expect(shownToken(token)).toBe(token.slice(0, 8));
  }
  expect(shownToken("abc:12:label")).toBe("abc");
});
