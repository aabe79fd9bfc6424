import { describe, expect, test } from "vitest";
import { fencingOrder, lossBeforeNextHolder, noOrphan, progress } from "@quorate/testing";
import { HandWritten } from "./hand-written.ts";

describe("fencing order", () => {
  test("one fencing token for two locks is a violation", () => {
    const written = new HandWritten();
    written.held("A", 10, { fencingToken: 7, releasedAtMs: 20 });
    written.held("B", 30, { fencingToken: 7, releasedAtMs: 40 });
    expect(fencingOrder(written)).toMatchObject({
      verdict: "violation",
      message: "orders:42: B got fencing token 7 at 30 ms, after A had got 7 at 10 ms",
    });
  });

  test("a later lock with a lower fencing token is a violation, also with others in between", () => {
    const written = new HandWritten();
    written.held("A", 10, { fencingToken: 9, releasedAtMs: 20 });
    written.held("B", 30, { fencingToken: 10, releasedAtMs: 40 });
    written.held("C", 50, { fencingToken: 8, askedAtMs: 5, releasedAtMs: 60 });
    expect(fencingOrder(written)).toMatchObject({ verdict: "violation", message: expect.stringContaining("after B") });
  });

  test("a lower fencing token that was asked for later is a violation, even if it came too late", () => {
    const written = new HandWritten();
    written.held("A", 10, { fencingToken: 9, releasedAtMs: 20 });
    written.held("B", 200, { fencingToken: 8, askedAtMs: 30, ttlMs: 0 });
    expect(fencingOrder(written).verdict).toBe("violation");
  });

  test("a lock that was won early and told of late, when it was over, proves nothing", () => {
    const written = new HandWritten();
    written.held("B", 30, { fencingToken: 8, releasedAtMs: 40 });
    written.held("A", 200, { fencingToken: 7, askedAtMs: 5, ttlMs: 0 });
    expect(fencingOrder(written)).toEqual({ verdict: "ok", checkedCount: 1 });
  });

  test("an adopted lock keeps its fencing token", () => {
    const written = new HandWritten();
    written.held("A", 10, { fencingToken: 7, token: "same" });
    written.held("B", 20, { fencingToken: 7, token: "same", adopted: true, releasedAtMs: 30 });
    written.held("C", 40, { fencingToken: 8 });
    expect(fencingOrder(written)).toEqual({ verdict: "ok", checkedCount: 1 });
  });

  test("other resources have an order of their own", () => {
    const written = new HandWritten();
    written.held("A", 10, { fencingToken: 7, resources: "a" });
    written.held("B", 20, { fencingToken: 6, resources: "b" });
    expect(fencingOrder(written).verdict).toBe("inconclusive");
  });

  test("without fencing nothing is proved", () => {
    const written = new HandWritten();
    written.held("A", 10, { releasedAtMs: 20 });
    written.held("B", 30, { releasedAtMs: 40 });
    expect(fencingOrder(written).verdict).toBe("inconclusive");
  });
});

describe("loss before the next holder", () => {
  test("a holder that is told after the next one got the lock is a violation", () => {
    const written = new HandWritten();
    written.held("A", 10, { lostAtMs: 116 });
    written.held("B", 115);
    expect(lossBeforeNextHolder(written)).toMatchObject({
      verdict: "violation",
      message: "orders:42: B got it at 115 ms, and A, who had it before, was told only at 116 ms",
    });
  });

  test("a holder that is never told is a violation", () => {
    const written = new HandWritten();
    written.held("A", 10);
    written.held("B", 115);
    expect(lossBeforeNextHolder(written)).toMatchObject({ message: expect.stringContaining("was never told") });
  });

  test("a holder that is told in time is as it must be", () => {
    const written = new HandWritten();
    written.held("A", 10, { lostAtMs: 60 });
    written.held("B", 115);
    expect(lossBeforeNextHolder(written)).toEqual({ verdict: "ok", checkedCount: 1 });
  });

  test("a holder that released, or was killed, need not be told", () => {
    const written = new HandWritten();
    written.held("A", 10, { releasedAtMs: 20 });
    written.held("B", 30);
    written.at(40).died("B");
    written.held("C", 135, { lostAtMs: 150 });
    written.held("D", 240);
    expect(lossBeforeNextHolder(written)).toEqual({ verdict: "ok", checkedCount: 1 });
  });

  test("without a lost lock that somebody got nothing is proved", () => {
    const written = new HandWritten();
    written.held("A", 10, { releasedAtMs: 20 });
    written.held("B", 30, { lostAtMs: 50 });
    expect(lossBeforeNextHolder(written).verdict).toBe("inconclusive");
  });
});

describe("no orphan", () => {
  const key = (token: string): { resource: string; token: string }[] => [{ resource: "orders:42", token }];

  test("a key that is there after its release is an orphan", () => {
    const written = new HandWritten();
    written.held("A", 10, { token: "a", releasedAtMs: 20 });
    written.at(30).inspected(2, key("a"));
    expect(noOrphan(written)).toMatchObject({
      verdict: "violation",
      message: "orders:42: node 2 still has token a at 30 ms: A released it at 20 ms",
    });
  });

  test("a key of an attempt that won nothing is an orphan, unless an attempt is still open", () => {
    const written = new HandWritten();
    written.held("A", 10, { token: "a", releasedAtMs: 20 });
    written.refused("B", 15, 30);
    written.at(25).inspected(0, key("b"));
    expect(noOrphan(written)).toEqual({ verdict: "ok", checkedCount: 1 });
    written.at(31).inspected(0, key("b"));
    expect(noOrphan(written)).toMatchObject({ message: expect.stringContaining("never granted") });
  });

  test("a key that outlives every time to live is an orphan, one of a lost lock before that is not", () => {
    const written = new HandWritten();
    written.held("A", 10, { token: "a", lostAtMs: 90 });
    written.at(200).inspected(0, key("a"));
    expect(noOrphan(written)).toEqual({ verdict: "ok", checkedCount: 1 });
    written.at(211).inspected(0, key("a"));
    expect(noOrphan(written)).toMatchObject({ message: expect.stringContaining("over at 210 ms") });
  });

  test("a lock that is held has its keys, and one that is not has none", () => {
    const written = new HandWritten();
    written.held("A", 10, { token: "a" });
    written.at(20).inspected(0, key("a"));
    written.at(500).inspected(0, []);
    expect(noOrphan(written)).toEqual({ verdict: "ok", checkedCount: 2 });
  });

  test("without an inspection nothing is proved", () => {
    const written = new HandWritten();
    written.at(5).inspected(0, []);
    written.held("A", 10, { releasedAtMs: 20 });
    expect(noOrphan(written).verdict).toBe("inconclusive");
  });
});

describe("progress", () => {
  const boundMs = 50;

  test("a free lock that somebody waits for longer than the bound is a violation", () => {
    const written = new HandWritten();
    written.held("A", 10, { releasedAtMs: 20 });
    written.held("B", 71, { askedAtMs: 15 });
    expect(progress(written, { boundMs })).toMatchObject({
      verdict: "violation",
      message: "orders:42: asked for and free since 20 ms, and at 71 ms nobody had got it",
    });
  });

  test("everybody giving up in turn is no progress", () => {
    const written = new HandWritten();
    written.held("A", 10, { releasedAtMs: 20 });
    for (let atMs = 100; atMs < 160; atMs += 20) written.refused(`B at ${atMs}`, atMs, atMs + 19);
    expect(progress(written, { boundMs }).verdict).toBe("violation");
  });

  test("one who waits while the lock is held, or its keys are not gone, waits rightly", () => {
    const written = new HandWritten();
    written.held("A", 10, { releasedAtMs: 100 });
    written.held("B", 101, { askedAtMs: 11, lostAtMs: 120 });
    written.held("C", 330, { askedAtMs: 102, releasedAtMs: 340 });
    expect(progress(written, { boundMs })).toEqual({ verdict: "ok", checkedCount: 3 });
  });

  test("time without anybody asking, and time with faults, does not count", () => {
    const written = new HandWritten();
    written.held("A", 10, { releasedAtMs: 20 });
    written.at(100).disturbed("a majority is cut off");
    written.refused("B", 110, 900);
    written.at(1_000).calmed();
    written.held("C", 1_040, { askedAtMs: 950, releasedAtMs: 1_041 });
    expect(progress(written, { boundMs })).toEqual({ verdict: "ok", checkedCount: 2 });
  });

  test("one who died while asking does not ask any more", () => {
    const written = new HandWritten();
    written.held("A", 10, { releasedAtMs: 20 });
    written.at(30).attempt("B", "orders:42");
    written.at(40).died("B");
    written.held("C", 500);
    expect(progress(written, { boundMs }).verdict).toBe("ok");
  });

  test("without a grant nothing is proved, unless somebody waited in vain", () => {
    const written = new HandWritten();
    written.refused("A", 10, 20);
    expect(progress(written, { boundMs }).verdict).toBe("inconclusive");
    written.refused("A", 30, 90);
    expect(progress(written, { boundMs }).verdict).toBe("violation");
  });
});
