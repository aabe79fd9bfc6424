import { expect, test } from "vitest";

import { Prng } from "./prng.ts";

test("the same seed draws the same numbers, a neighbouring seed none of them", () => {
  const first = new Prng(1);
  const again = new Prng(1);
  const neighbour = new Prng(2);
  const numbers = Array.from({ length: 50 }, () => first.nextUint32());
  expect(Array.from({ length: 50 }, () => again.nextUint32())).toEqual(numbers);
  expect(Array.from({ length: 50 }, () => neighbour.nextUint32()).filter((n) => numbers.includes(n))).toEqual([]);
});

test("numbers lie in [0, 1) and spread evenly", () => {
  const prng = new Prng(3);
  const counts = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 100_000; i += 1) {
    const tenth = Math.floor(prng.next() * 10);
    counts[tenth] = (counts[tenth] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});

test("integers reach both ends, exponential gaps have the mean asked for", () => {
  const prng = new Prng(4);
  const drawn = new Set(Array.from({ length: 1000 }, () => prng.integer(3, 5)));
  expect([...drawn].sort((a, b) => a - b)).toEqual([3, 4, 5]);
  const gaps = Array.from({ length: 50_000 }, () => prng.exponential(20));
  expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeCloseTo(20, 0);
});

test("a fork that draws more changes nothing outside itself", () => {
  const [quiet, busy] = [new Prng(5), new Prng(5)];
  quiet.fork("a");
  const fork = busy.fork("a");
  for (let i = 0; i < 10; i += 1) fork.next();
  expect(busy.next()).toBe(quiet.next());
});
