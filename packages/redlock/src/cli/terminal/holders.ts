/** Those who hold a resource together, and those who wait for it, in plain words. */
import type { LockMode } from "../../core/vote.ts";

/** "permit 3", "permits 3-5, 9"; "permits" where the nodes gave different ones. */
export function permitsText(permits: readonly number[]): string {
  if (permits.length === 0) return "permits";
  return `${permits.length === 1 ? "permit" : "permits"} ${rangesText(permits)}`;
}

/** Of numbers in ascending order. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range?.[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}

export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

interface Waiter {
  readonly mode: LockMode;
  readonly weight: number | null;
  readonly permits: number | null;
}

/** In their order, those alike together: "2 readers, 1 alone, 1 for 3 of 10 permits". */
export function lineText(waiters: readonly Waiter[]): string {
  const runs: { readonly what: string; count: number }[] = [];
  for (const waiter of waiters) {
    const what = wanted(waiter);
    const last = runs.at(-1);
    if (last?.what === what) last.count++;
    else runs.push({ what, count: 1 });
  }
  return runs.map(({ what, count }) => (what === "reader" ? countText(count, what) : `${count} ${what}`)).join(", ");
}

function wanted({ mode, weight, permits }: Waiter): string {
  if (mode === "permits") return `for ${weight} of ${permits} permits`;
  return mode === "shared" ? "reader" : "alone";
}
