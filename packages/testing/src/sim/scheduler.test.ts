import { expect, test } from "vitest";

import { Scheduler } from "./scheduler.ts";

test("events run in the order of their time, ties in the order asked", async () => {
  const scheduler = new Scheduler();
  const seen: string[] = [];
  scheduler.after(5, () => seen.push(`b@${scheduler.nowMs}`));
  scheduler.after(1, () => seen.push(`a@${scheduler.nowMs}`));
  scheduler.after(5, () => seen.push(`c@${scheduler.nowMs}`));
  await scheduler.run(10);
  expect(seen).toEqual(["a@1", "b@5", "c@5"]);
  expect(scheduler.nowMs).toBe(10);
});

test("promises that an event settles run to their end before the next event", async () => {
  const scheduler = new Scheduler();
  const seen: string[] = [];
  scheduler.after(1, () => {
    void (async () => {
      for (let i = 0; i < 100; i += 1) await Promise.resolve();
      seen.push("promises of the first");
    })();
    process.nextTick(() => seen.push("its tick"));
  });
  scheduler.after(1, () => seen.push("second"));
  await scheduler.run(10);
  expect(seen).toEqual(["its tick", "promises of the first", "second"]);
});

test("what is deferred runs after the promises of the code that deferred it, and before any event", async () => {
  const scheduler = new Scheduler();
  const seen: string[] = [];
  scheduler.after(1, () => {
    scheduler.after(0, () => seen.push("event"));
    scheduler.defer(() => seen.push("deferred"));
    void Promise.resolve().then(() => seen.push("promise"));
  });
  await scheduler.run(10);
  expect(seen).toEqual(["promise", "deferred", "event"]);
});

test("a cancelled event never runs, and time does not wait for it", async () => {
  const scheduler = new Scheduler();
  let ran = false;
  scheduler
    .after(5, () => {
      ran = true;
    })
    .cancel();
  await scheduler.run(Number.POSITIVE_INFINITY);
  expect(ran).toBe(false);
  expect(scheduler.nowMs).toBe(0);
});

test("what an event throws ends the run", async () => {
  const scheduler = new Scheduler();
  scheduler.after(1, () => {
    throw new Error("from an event");
  });
  await expect(scheduler.run(10)).rejects.toThrow("from an event");
});

test("10 000 events in random order come out sorted", async () => {
  const scheduler = new Scheduler();
  const seen: number[] = [];
  for (let i = 0; i < 10_000; i += 1) scheduler.after((i * 7919) % 1000, () => seen.push(scheduler.nowMs));
  await scheduler.run(1000);
  expect(seen).toHaveLength(10_000);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});
