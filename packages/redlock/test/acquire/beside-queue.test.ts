/** Who of one process asks at once: those at the head that can be beside each other. */
import { expect, test } from "vitest";
import { besideOf, LocalQueue } from "../../src/acquire/local-queue.ts";

const reader = besideOf({ mode: "shared", indexes: [0] });
const permit = (of: number, weight: number) => besideOf({ mode: "permits", of, weight });

test("readers at the head ask together; behind a writer everybody waits, and all readers behind it ask when it has gone", () => {
  const queue = new LocalQueue();
  const [one, two] = [queue.enter(["a"], reader), queue.enter(["a"], reader)];
  const writer = queue.enter(["a"]);
  const later = [queue.enter(["a"], reader), queue.enter(["a"], reader)];
  expect([one, two, writer, ...later].map((place) => place.isFirst)).toEqual([true, true, false, false, false]);
  two.leave();
  expect(writer.isFirst).toBe(false);
  one.leave();
  expect([writer, ...later].map((place) => place.isFirst)).toEqual([true, false, false]);
  writer.share();
  expect(later.map((place) => place.isFirst)).toEqual([true, true]);
});

test("as many permits as there are ask together, by their weights, in order", () => {
  const queue = new LocalQueue();
  const places = [1, 2, 1, 1].map((weight) => queue.enter(["p"], permit(3, weight)));
  expect(places.map((place) => place.isFirst)).toEqual([true, true, false, false]);
  places[1]!.leave();
  expect(places.map((place) => place.isFirst)).toEqual([true, true, true, true]);
});

test("readers and permits are not beside each other", () => {
  const queue = new LocalQueue();
  queue.enter(["p"], permit(3, 1));
  expect(queue.enter(["p"], reader).isFirst).toBe(false);
});
