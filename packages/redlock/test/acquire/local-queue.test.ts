/** The line of one process: who is first, and who becomes first when somebody leaves. */
import { describe, expect, test } from "vitest";
import { LocalQueue } from "../../src/acquire/local-queue.ts";

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
  test("keeps nobody waiting for one of them, and waits for nobody who has one", () => {
    const line = new LocalQueue();
    const a = line.enter(["a"]);
    const both = line.enter(["a", "b"]);
    const b = line.enter(["b"]);
    expect([a, both, b].map((place) => place.isFirst)).toEqual([true, true, true]);
  });

  test("stands behind those who ask for the same ones, in whatever order they name them", () => {
    const line = new LocalQueue();
    const first = line.enter(["a", "b"]);
    const second = line.enter(["b", "a"]);
    let isFirst = false;
    second.whenFirst(() => (isFirst = true));
    expect(second.queue()).toEqual({ key: "b", first, waitersAhead: 1 });
    expect([line.enter(["a", "b", "c"]).isFirst, line.enter(['["a","b"]']).isFirst]).toEqual([true, true]);
    first.leave();
    expect([isFirst, second.isFirst]).toEqual([true, true]);
  });
});
