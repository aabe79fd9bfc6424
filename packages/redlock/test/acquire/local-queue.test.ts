/** The line of one process: who is first, and who becomes first when somebody leaves. */
import { describe, expect, test } from "vitest";
import { LocalQueue, type QueuePlace } from "../../src/acquire/local-queue.ts";
import { seeded } from "../support/seeded.ts";

describe("a line for one resource", () => {
  test("has the first to enter in front, and each leaving brings the next one there, once", () => {
    const line = new LocalQueue();
    const places = [1, 2, 3].map(() => line.enter(["a"]));
    const became: number[] = [];
    places.forEach((place, index) => index > 0 && place.whenFirst(() => became.push(index)));
    expect(places.map((place) => place.isFirst)).toEqual([true, false, false]);
    expect(places.map((place) => place.queue()?.waitersAhead)).toEqual([undefined, 1, 2]);
    places[0]!.leave();
    places[0]!.leave();
    expect(became).toEqual([1]);
    places[1]!.leave();
    expect(became).toEqual([1, 2]);
    expect(line.isFree(["a"])).toBe(false);
    places[2]!.leave();
    expect(line.isFree(["a"])).toBe(true);
  });

  test("closes up when somebody leaves from the middle or the end", () => {
    const line = new LocalQueue();
    const places = [1, 2, 3, 4].map(() => line.enter(["a"]));
    const became: number[] = [];
    places.forEach((place, index) => index > 0 && place.whenFirst(() => became.push(index)));
    places[1]!.leave();
    places[3]!.leave();
    expect(became).toEqual([]);
    expect(places[2]!.queue()).toEqual({ key: "a", first: places[0], waitersAhead: 1 });
    places[0]!.leave();
    expect(became).toEqual([2]);
    expect(line.enter(["a"]).queue()?.waitersAhead).toBe(1);
  });
});

describe("a place on several resources", () => {
  test("is first when it is first everywhere", () => {
    const line = new LocalQueue();
    const [a, b] = [line.enter(["a"]), line.enter(["b"])];
    const both = line.enter(["a", "b"]);
    let isFirst = false;
    both.whenFirst(() => (isFirst = true));
    b.leave();
    expect([isFirst, both.isFirst]).toEqual([false, false]);
    expect(both.queue()?.first).toBe(a);
    a.leave();
    expect([isFirst, both.isFirst]).toEqual([true, true]);
  });

  test("waits in the line where somebody stands before it", () => {
    const line = new LocalQueue();
    const holder = line.enter(["b"]);
    line.enter(["b"]);
    expect(line.enter(["a", "b"]).queue()).toEqual({ key: "b", first: holder, waitersAhead: 2 });
  });

  test("leaves all of its lines at once", () => {
    const line = new LocalQueue();
    const both = line.enter(["a", "b"]);
    const behind = ["a", "b"].map((key) => line.enter([key]));
    both.leave();
    expect(behind.map((place) => place.isFirst)).toEqual([true, true]);
  });

  test("never waits for one that waits for it: of 500 random places somebody is always first, until all have left", () => {
    const random = seeded(4);
    const line = new LocalQueue();
    const keys = ["a", "b", "c", "d", "e"];
    const waiting = new Set<QueuePlace>();
    for (let count = 0; count < 500; count++) {
      const wanted = keys.filter(() => random() < 0.4).sort(() => random() - 0.5);
      waiting.add(line.enter(wanted.length === 0 ? ["a"] : wanted));
      if (random() < 0.2) leave([...waiting][Math.floor(random() * waiting.size)]!);
    }
    while (waiting.size > 0) {
      const first = [...waiting].filter((place) => place.isFirst);
      expect(first.length).toBeGreaterThan(0);
      leave(first[Math.floor(random() * first.length)]!);
    }
    expect(line.isFree(keys)).toBe(true);

    function leave(place: QueuePlace): void {
      waiting.delete(place);
      place.leave();
    }
  });
});
