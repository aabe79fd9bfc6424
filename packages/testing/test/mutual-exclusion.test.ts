import { expect, test } from "vitest";
import { mutualExclusion } from "@quorate/testing";
import { HandWritten } from "./hand-written.ts";

test("two locks of different tokens at one time are a violation, and the pair is named", () => {
  const written = new HandWritten();
  written.held("A", 10, { releasedAtMs: 60 });
  written.held("B", 50, { releasedAtMs: 70 });
  const result = mutualExclusion(written);
  expect(result).toMatchObject({
    verdict: "violation",
    message: "orders:42: B got it at 50 ms, while A held it from 10 to 60 ms: both for 10 ms",
    pair: [{ holder: "A" }, { holder: "B" }],
  });
});

test("an overlap is found behind a longer hold that began earlier", () => {
  const written = new HandWritten();
  written.held("A", 10, { ttlMs: 1_000 });
  written.held("A2", 20, { token: "token of A at 10", releasedAtMs: 30 });
  written.held("B", 500, { releasedAtMs: 510 });
  expect(mutualExclusion(written)).toMatchObject({ verdict: "violation", pair: [{ holder: "A" }, { holder: "B" }] });
});

test("a lock of several resources excludes on each of them", () => {
  const written = new HandWritten();
  written.held("A", 10, { resources: ["a", "b"] });
  written.held("B", 20, { resources: ["b", "c"] });
  expect(mutualExclusion(written)).toMatchObject({ verdict: "violation" });
});

test("one who asked while another held, and got it afterwards, is contention without a violation", () => {
  const written = new HandWritten();
  written.held("A", 10, { releasedAtMs: 60 });
  written.held("B", 60, { askedAtMs: 30 });
  expect(mutualExclusion(written)).toEqual({ verdict: "ok", checkedCount: 1 });
});

test("one who asked while another held, and was refused, is contention too", () => {
  const written = new HandWritten();
  written.held("A", 10, { releasedAtMs: 60 });
  written.refused("B", 20, 25);
  expect(mutualExclusion(written)).toEqual({ verdict: "ok", checkedCount: 1 });
});

test("without contention nothing is proved", () => {
  const written = new HandWritten();
  expect(mutualExclusion(written).verdict).toBe("inconclusive");
  written.held("A", 10, { releasedAtMs: 60 });
  written.held("B", 70, { releasedAtMs: 80 });
  written.refused("A", 90, 95);
  expect(mutualExclusion(written).verdict).toBe("inconclusive");
});

test("other resources are no contention", () => {
  const written = new HandWritten();
  written.held("A", 10, { resources: "a" });
  written.held("B", 20, { resources: "b" });
  expect(mutualExclusion(written).verdict).toBe("inconclusive");
});

test("a holder that was paused past its validity holds only until then, whenever it is told", () => {
  const written = new HandWritten();
  written.held("A", 10, { lostAtMs: 500 });
  written.held("B", 111, { askedAtMs: 20, releasedAtMs: 120 });
  expect(mutualExclusion(written)).toEqual({ verdict: "ok", checkedCount: 1 });
});

test("a holder that never says anything again holds until its validity is over", () => {
  const written = new HandWritten();
  written.held("A", 10);
  written.held("B", 109, { askedAtMs: 20 });
  expect(mutualExclusion(written).verdict).toBe("violation");
});

test("a lock handed on to another process under its token is still one lock", () => {
  const written = new HandWritten();
  written.held("A", 10, { token: "same", releasedAtMs: 60 });
  written.held("B", 20, { token: "same", adopted: true, releasedAtMs: 60 });
  written.refused("C", 30, 31);
  expect(mutualExclusion(written)).toEqual({ verdict: "ok", checkedCount: 1 });
});
