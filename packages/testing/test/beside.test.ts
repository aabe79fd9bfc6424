/** Who may hold beside whom, as the checkers judge it: readers, permits, and a writer that became a reader. */
import { describe, expect, test } from "vitest";
import { atMost, fencingOrder, lossBeforeNextHolder, mutualExclusion } from "@quorate/testing";
import { HandWritten, type HeldDetails } from "./hand-written.ts";

const reader = { shared: ["orders:42"] };

function both(first: HeldDetails, second: HeldDetails): HandWritten {
  const written = new HandWritten();
  written.held("A", 10, { releasedAtMs: 60, ...first });
  written.held("B", 50, { releasedAtMs: 70, ...second });
  return written;
}

describe("mutual exclusion", () => {
  test.each([
    ["a writer beside a reader", reader, {}, " (shared, then exclusive)"],
    ["a reader beside a writer", {}, reader, " (exclusive, then shared)"],
    ["a permit beside a reader", reader, { permits: [0], of: 3 }, " (shared, then permits)"],
    ["a writer beside a permit", { permits: [0], of: 3 }, {}, " (permits, then exclusive)"],
    ["one permit twice", { permits: [0, 1], of: 3 }, { permits: [1], of: 3 }, ", permit 1"],
    ["a reader beside who shares later", { sharedAtMs: 55 }, reader, " (exclusive, then shared)"],
    [
      "two who share one resource of two",
      { resources: ["orders:42", "b"], shared: ["b"] },
      { resources: ["orders:42", "b"], shared: ["b"] },
      "",
    ],
  ])("%s is a violation", (_what, first: HeldDetails, second: HeldDetails, how) => {
    const result = mutualExclusion(both(first, second));
    expect(result).toMatchObject({
      verdict: "violation",
      message: expect.stringContaining(`orders:42${how}: B got it at 50 ms, while A held it from 10 to 60 ms`),
    });
  });

  test.each([
    ["readers", reader, reader],
    ["other permits", { permits: [0, 2], of: 3 }, { permits: [1], of: 3 }],
    ["a reader beside who shared before", { sharedAtMs: 40 }, reader],
  ])("%s may be there at one time", (_what, first: HeldDetails, second: HeldDetails) => {
    expect(mutualExclusion(both(first, second)).verdict).not.toBe("violation");
  });

  test("a reader who asked while readers held proves nothing", () => {
    expect(mutualExclusion(both(reader, reader)).verdict).toBe("inconclusive");
    expect(mutualExclusion(both({}, { ...reader, askedAtMs: 40, releasedAtMs: 80 })).verdict).toBe("violation");
  });
});

describe("at most so many permits", () => {
  const one = (number: number): HeldDetails => ({ permits: [number], of: 2, ttlMs: 1_000 });

  test("a third of two is a violation, whatever the numbers", () => {
    const written = both(one(0), one(1));
    expect(atMost(written)).toEqual({ verdict: "ok", checkedCount: 1 });
    written.held("C", 55, one(0));
    expect(atMost(written)).toMatchObject({
      verdict: "violation",
      message: "orders:42: 3 of 2 permits at 55 ms: A has 0; B has 1; C has 0",
    });
  });

  test("a number that is not below K is a violation", () => {
    expect(atMost(both(one(0), one(2)))).toMatchObject({ verdict: "violation" });
  });

  test("of callers that differ the highest K counts, and an adopted lock is no second one", () => {
    const written = both(one(0), { permits: [1, 2], of: 3, token: "same" });
    written.held("C", 55, { permits: [1, 2], token: "same", adopted: true });
    expect(atMost(written).verdict).toBe("ok");
  });

  test("with nobody else there nothing is proved", () => {
    expect(atMost(both({ ...one(0), releasedAtMs: 40 }, one(0))).verdict).toBe("inconclusive");
  });
});

describe("fencing order", () => {
  test.each([
    ["a reader below an earlier writer", {}, reader],
    ["a writer below an earlier reader", reader, {}],
    ["a permit below an earlier one of its number", { permits: [0, 1], of: 3 }, { permits: [1], of: 3 }],
    ["a reader below a writer that shared", { sharedAtMs: 20 }, reader],
  ])("%s is a violation", (_what, first: HeldDetails, second: HeldDetails) => {
    const written = both({ ...first, fencingToken: 9 }, { ...second, fencingToken: 8 });
    expect(fencingOrder(written)).toMatchObject({ verdict: "violation" });
  });

  test.each([
    ["readers", reader, reader],
    ["permits of other numbers", { permits: [0], of: 3 }, { permits: [1], of: 3 }],
  ])("%s are in no order", (_what, first: HeldDetails, second: HeldDetails) => {
    const written = both({ ...first, fencingToken: 9 }, { ...second, fencingToken: 8 });
    expect(fencingOrder(written).verdict).toBe("ok");
  });

  test("a reader between does not hide a writer that is below an earlier one", () => {
    const written = both({ fencingToken: 9, releasedAtMs: 20 }, { ...reader, fencingToken: 12, releasedAtMs: 60 });
    written.held("C", 70, { fencingToken: 10 });
    expect(fencingOrder(written)).toMatchObject({ verdict: "violation", message: expect.stringContaining("after B") });
  });
});

test("a reader that comes beside another is not the next holder of whom that one must be told", () => {
  const lost = { ...reader, lostAtMs: 80, releasedAtMs: 90 };
  expect(lossBeforeNextHolder(both(lost, reader)).verdict).toBe("inconclusive");
  expect(lossBeforeNextHolder(both(lost, {})).verdict).toBe("violation");
});
