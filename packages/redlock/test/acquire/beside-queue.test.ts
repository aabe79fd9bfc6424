/** Who of one process asks at once: those at the head that can be beside each other. */
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";
import { besideOf } from "../../src/acquire/line-head.ts";
import { type Holder, LocalQueue } from "../../src/acquire/local-queue.ts";

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

const holder = (): Holder => ({ label: undefined, remainingMs: () => 1, onEnd: undefined });

test("behind those who hold it beside others a writer asks at once, and nobody who came later does", () => {
  const queue = new LocalQueue();
  const [one, two] = [queue.enter(["a"], reader), queue.enter(["a"], reader)];
  const [writer, later] = [queue.enter(["a"]), queue.enter(["a"], reader)];
  one.keepFor(holder());
  expect(writer.isFirst).toBe(false);
  two.keepFor(holder());
  expect([writer.isFirst, later.isFirst]).toEqual([true, false]);
  one.leave();
  two.leave();
  writer.keepFor(holder());
  expect(later.isFirst).toBe(false);
});

test("behind a permit that is held more permits are asked for at once, whatever their weight", () => {
  const queue = new LocalQueue();
  const held = queue.enter(["p"], permit(3, 1));
  const large = queue.enter(["p"], permit(3, 3));
  expect(large.isFirst).toBe(false);
  held.keepFor(holder());
  expect(large.isFirst).toBe(true);
});

test("a writer behind a reader of its own process is not passed by readers of others", async () => {
  const stage = new Stage({ nodes: 3 });
  const [own, other] = [stage.process("own").redlock, stage.process("other").redlock];
  const order: string[] = [];
  const read = await stage.until(own.acquire("a", 10_000, { shared: true }));
  const writing = own.acquire("a", 10_000, { waitMs: 10_000 }).then((lock) => {
    order.push("writer");
    return lock.release();
  });
  await stage.pass(100);
  const reading = other.acquire("a", 10_000, { shared: true, waitMs: 10_000 }).then(() => order.push("reader"));
  await stage.pass(100);
  expect(order).toEqual([]);
  await stage.until(read.release());
  await stage.until(Promise.all([writing, reading]));
  expect(order).toEqual(["writer", "reader"]);
});

test("behind who leaves from the middle those ask who can be beside the ones at the head", () => {
  const queue = new LocalQueue();
  queue.enter(["a"], reader);
  const writer = queue.enter(["a"]);
  const behind = [queue.enter(["a"], reader), queue.enter(["a"], reader)];
  writer.leave();
  expect(behind.map((place) => place.isFirst)).toEqual([true, true]);
  queue.enter(["p"], permit(3, 1));
  const wide = queue.enter(["p"], permit(3, 3));
  const places = [queue.enter(["p"], permit(3, 1)), queue.enter(["p"], permit(3, 1)), queue.enter(["p"], permit(3, 1))];
  wide.leave();
  expect(places.map((place) => place.isFirst)).toEqual([true, true, false]);
});

test("tens of thousands of readers behind a writer become first, each once, without one call inside the other", () => {
  const queue = new LocalQueue();
  const writer = queue.enter(["a"]);
  const depths = new Set<number>();
  let [called, depth] = [0, 0];
  const places = Array.from({ length: 50_000 }, () => queue.enter(["a"], reader));
  for (const place of places) {
    place.whenFirst(() => {
      depths.add(++depth);
      called++;
      depth--;
    });
  }
  writer.leave();
  expect([called, [...depths]]).toEqual([50_000, [1]]);
  for (const place of places) place.leave();
  expect(queue.isFree(["a"])).toBe(true);
});

test("who is called may end the place of the next, and leave its own", () => {
  const queue = new LocalQueue();
  const writer = queue.enter(["a"]);
  const [one, two, three] = [queue.enter(["a"], reader), queue.enter(["a"], reader), queue.enter(["a"])];
  const called: string[] = [];
  one.whenFirst(() => {
    called.push("one");
    two.leave();
    one.leave();
  });
  two.whenFirst(() => called.push("two"));
  three.whenFirst(() => called.push("three"));
  writer.leave();
  expect(called).toEqual(["one", "three"]);
});
