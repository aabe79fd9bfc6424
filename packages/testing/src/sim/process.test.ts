import { expect, test } from "vitest";

import { MachineClocks } from "./clock.ts";
import { SimProcess } from "./process.ts";
import { Prng } from "./prng.ts";
import { createSimRuntime } from "./runtime.ts";
import { Scheduler } from "./scheduler.ts";

function makeProcess(rate = 1): { scheduler: Scheduler; process: SimProcess } {
  const scheduler = new Scheduler();
  return { scheduler, process: new SimProcess("p", new MachineClocks(scheduler, { rate }), scheduler, new Prng(1)) };
}

test("what falls due while a process is stopped runs afterwards, in order", async () => {
  const { scheduler, process } = makeProcess();
  const runtime = createSimRuntime(process);
  const seen: string[] = [];
  runtime.startTimer(10, () => seen.push(`first@${Math.round(scheduler.nowMs)}`));
  runtime.startTimer(20, () => seen.push(`second@${Math.round(scheduler.nowMs)}`));
  scheduler.after(5, () => process.stopFor(95));
  await scheduler.run(1000);
  expect(seen).toEqual(["first@100", "second@100"]);
});

test("a timer counts on through a suspend, because the monotonic clock stood still", async () => {
  const { scheduler, process } = makeProcess();
  let firedAtMs = 0;
  createSimRuntime(process).startTimer(100, () => {
    firedAtMs = scheduler.nowMs;
  });
  scheduler.after(50, () => process.suspendFor(1000));
  await scheduler.run(5000);
  expect(Math.abs(firedAtMs - 1100)).toBeLessThanOrEqual(1);
});

test("a timer of a machine whose clock runs fast fires early in true time", async () => {
  const { scheduler, process } = makeProcess(1.1);
  let firedAtMs = 0;
  createSimRuntime(process).startTimer(1100, () => {
    firedAtMs = scheduler.nowMs;
  });
  await scheduler.run(5000);
  expect(Math.abs(firedAtMs - 1000)).toBeLessThanOrEqual(1);
});

test("a cancelled timer does not fire, not even from the backlog of a stopped process", async () => {
  const { scheduler, process } = makeProcess();
  const runtime = createSimRuntime(process);
  let fired = false;
  const timer = runtime.startTimer(10, () => {
    fired = true;
  });
  scheduler.after(1, () => process.stopFor(100));
  scheduler.after(50, () => timer.cancel());
  await scheduler.run(1000);
  expect(fired).toBe(false);
});

test("a killed process never runs again", async () => {
  const { scheduler, process } = makeProcess();
  let fired = false;
  createSimRuntime(process).startTimer(10, () => {
    fired = true;
  });
  scheduler.after(5, () => process.kill());
  await scheduler.run(1000);
  expect(fired).toBe(false);
});
