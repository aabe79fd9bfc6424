/** One signal for many callers: all are told, and the signal has one listener. */
import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { whenAborted } from "../../src/runtime/abort.ts";

const listenerCount = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

test("a hundred callers share one listener, are told in the order of asking, and leave none behind", () => {
  const controller = new AbortController();
  const { signal } = controller;
  const told: number[] = [];
  const ends = Array.from({ length: 100 }, (_, index) => whenAborted(signal, () => told.push(index)));
  expect(listenerCount(signal)).toBe(1);
  ends[50]!();
  controller.abort();
  expect(told).toEqual(Array.from({ length: 100 }, (_, index) => index).filter((index) => index !== 50));
  for (const end of ends) end();
  expect(listenerCount(signal)).toBe(0);
});

test("the last to leave takes the listener along, and the next one brings another", () => {
  const controller = new AbortController();
  const { signal } = controller;
  const first = whenAborted(signal, () => told.push("first"));
  const told: string[] = [];
  first();
  first();
  expect(listenerCount(signal)).toBe(0);
  whenAborted(signal, () => told.push("second"));
  first();
  expect(listenerCount(signal)).toBe(1);
  controller.abort();
  expect(told).toEqual(["second"]);
});

test("one that leaves while others are told is told all the same, since it was there when the signal aborted", () => {
  const controller = new AbortController();
  const told: string[] = [];
  whenAborted(controller.signal, () => {
    told.push("one");
    endTwo();
  });
  const endTwo = whenAborted(controller.signal, () => told.push("two"));
  controller.abort();
  expect(told).toEqual(["one", "two"]);
});
