import { expect, test } from "vitest";
import { Deadlines } from "../../src/runtime/deadlines.ts";
import { ManualRuntime } from "../node/manual-runtime.ts";

interface Rig {
  readonly runtime: ManualRuntime;
  readonly deadlines: Deadlines;
  readonly missed: string[];
  set(name: string, delayMs: number): ReturnType<Deadlines["set"]>;
}

function rig(): Rig {
  const runtime = new ManualRuntime();
  const deadlines = new Deadlines(runtime);
  const missed: string[] = [];
  const set = (name: string, delayMs: number): ReturnType<Deadlines["set"]> =>
    deadlines.set({ expire: () => missed.push(name) }, delayMs, runtime.nowMs);
  return { runtime, deadlines, missed, set };
}

test("a deadline is not missed while answers lie unread", () => {
  const { runtime, deadlines, missed, set } = rig();
  const met = set("met", 50);
  set("missed", 50);
  runtime.elapse(50);
  expect(missed).toEqual([]);
  deadlines.meet(met);
  runtime.readInput();
  expect(missed).toEqual(["missed"]);
});

test("deadlines of one delay are missed in order, each at its own time", () => {
  const { runtime, missed, set } = rig();
  set("first", 50);
  runtime.elapse(30);
  set("second", 50);
  runtime.elapse(20);
  runtime.readInput();
  expect(missed).toEqual(["first"]);
  runtime.elapse(30);
  runtime.readInput();
  expect(missed).toEqual(["first", "second"]);
  expect(runtime.timerCount).toBe(0);
});

test("expireAll() misses all at once, and once, also what was due; what is set meanwhile has its time", () => {
  const { runtime, deadlines, missed, set } = rig();
  set("due", 50);
  deadlines.meet(set("met", 50));
  const setNext = (): unknown => deadlines.set({ expire: () => missed.push("next") }, 100, runtime.nowMs);
  deadlines.set({ expire: () => (missed.push("far"), setNext()) }, 100, runtime.nowMs);
  runtime.elapse(50);
  deadlines.expireAll();
  runtime.readInput();
  expect(missed).toEqual(["due", "far"]);
  runtime.elapse(100);
  runtime.readInput();
  expect(missed).toEqual(["due", "far", "next"]);
  expect(runtime.timerCount).toBe(0);
});

test("what the process stood still past is given more time, once", () => {
  const { runtime, deadlines, missed, set } = rig();
  const met = set("met", 50);
  set("missed", 50);
  runtime.elapse(1_000);
  runtime.readInput();
  expect(missed).toEqual([]);
  deadlines.meet(met);
  runtime.elapse(1_000);
  runtime.readInput();
  expect(missed).toEqual(["missed"]);
  expect(runtime.timerCount).toBe(0);
});

test("one that is set as another is missed delays none of those set before it", () => {
  const { runtime, deadlines, missed, set } = rig();
  deadlines.set({ expire: () => set("third", 50) }, 50, runtime.nowMs);
  runtime.elapse(30);
  set("second", 50);
  for (const byMs of [20, 30]) {
    runtime.elapse(byMs);
    runtime.readInput();
  }
  expect(missed).toEqual(["second"]);
});
