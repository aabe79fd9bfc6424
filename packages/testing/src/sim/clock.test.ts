import { expect, test } from "vitest";

import { MachineClocks } from "./clock.ts";

test("a clock that runs 1 % fast gains ten milliseconds in a second", () => {
  const time = { nowMs: 0 };
  const clocks = new MachineClocks(time, { rate: 1.01 });
  const before = clocks.read();
  time.nowMs = 1000;
  expect(clocks.monotonicMs - before.monotonicMs).toBeCloseTo(1010);
  expect(clocks.wallMs - before.wallMs).toBeCloseTo(1010);
  expect(clocks.bootMs - before.bootMs).toBeCloseTo(1010);
});

test("a step moves the wall clock alone", () => {
  const time = { nowMs: 500 };
  const clocks = new MachineClocks(time);
  const before = clocks.read();
  clocks.stepWall(-3_600_000);
  const after = clocks.read();
  expect(after.wallMs - before.wallMs).toBe(-3_600_000);
  expect(after.monotonicMs).toBe(before.monotonicMs);
  expect(after.bootMs).toBe(before.bootMs);
});

test("the monotonic clock stands still while the machine is suspended, the others go on", () => {
  const time = { nowMs: 0 };
  const clocks = new MachineClocks(time);
  const before = clocks.read();
  time.nowMs = 100;
  clocks.suspend();
  time.nowMs = 5100;
  expect(clocks.monotonicMs - before.monotonicMs).toBe(100);
  clocks.wake();
  time.nowMs = 5150;
  const after = clocks.read();
  expect(after.monotonicMs - before.monotonicMs).toBe(150);
  expect(after.bootMs - before.bootMs).toBe(5150);
  expect(after.wallMs - before.wallMs).toBe(5150);
});

test("a change of rate counts from its moment on", () => {
  const time = { nowMs: 0 };
  const clocks = new MachineClocks(time);
  time.nowMs = 1000;
  clocks.setRate(2);
  time.nowMs = 1500;
  expect(clocks.monotonicMs).toBe(2000);
});

test("a machine that joins late shows the time that it is", () => {
  const time = { nowMs: 5000 };
  const clocks = new MachineClocks(time, { wallAtZeroMs: 1_000_000 });
  expect(clocks.wallMs).toBe(1_005_000);
  time.nowMs = 6000;
  expect(clocks.wallMs).toBe(1_006_000);
});
