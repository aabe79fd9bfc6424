import { expect, test } from "vitest";
import { holdsOf, LockHistory } from "@quorate/testing";
import { HandWritten } from "./hand-written.ts";

test("histories of several processes are merged in the order of the monotonic clock", () => {
  const first = new HandWritten();
  first.held("A", 10, { releasedAtMs: 60 });
  const second = new HandWritten();
  second.held("B", 30);
  const merged = LockHistory.merge([
    LockHistory.parse(second.history.toJSONLines()),
    LockHistory.parse(first.history.toJSONLines()),
  ]);
  expect(merged.events.map((event) => event.monotonicMs)).toEqual([9, 10, 29, 30, 60]);
});

test("every event comes as a line at once, and a line cut off by a kill is left out", () => {
  let lines = "";
  const history = new LockHistory({ name: "p1", onLine: (line) => (lines += `${line}\n`) });
  history.attempt("A", "orders:42").refused(new Error("held"));
  expect(lines).toBe(history.toJSONLines());
  const parsed = LockHistory.parse(`${lines}{"kind":"gran`);
  expect(parsed.events).toEqual(history.events);
});

test("a hold ends with its release, its loss or its validity, whichever is first", () => {
  const written = new HandWritten();
  written.held("A", 10, { releasedAtMs: 60 });
  written.held("B", 200, { lostAtMs: 250 });
  written.held("C", 400);
  written.held("D", 600, { lostAtMs: 900 });
  expect(holdsOf(written.events).map((hold) => hold.endedAtMs)).toEqual([60, 250, 500, 700]);
});

test("the monotonic clock is the machine's, not the process's", () => {
  const before = Number(process.hrtime.bigint()) / 1e6;
  const history = new LockHistory();
  history.calmed();
  expect(history.events[0]?.monotonicMs).toBeGreaterThanOrEqual(before);
  expect(history.events[0]?.monotonicMs).toBeLessThan(before + 1_000);
});

test("what is seen of an extended lock while it is held counts, also when the holder is told late", () => {
  const written = new HandWritten();
  let validUntilMs = 110;
  const lock = {
    token: "a",
    fencingToken: 1,
    ttlMs: 100,
    remainingMs: () => Math.max(0, validUntilMs - written.history.now().monotonicMs),
  };
  const attempt = written.at(9).attempt("A", "orders:42");
  written.at(10);
  const hold = attempt.granted(lock);
  validUntilMs = 180;
  written.at(80);
  hold.extended();
  written.at(400);
  hold.lost();
  expect(holdsOf(written.events).map((each) => each.endedAtMs)).toEqual([180]);
});
