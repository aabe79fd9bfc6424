/**
 * What time it is by the nodes' clocks, as far as their refusals told: who came when is compared between processes, and a
 * waiter whose own clock is wrong must neither win nor lose by it. The median of the nodes, so that one wrong node does
 * not matter either. Off by a part of a round trip: of two that come within one, either is the first.
 */
import type { ClockReading } from "./validity.ts";

export class FleetClock {
  /** By node: how far its clock is ahead of this process's monotonic one, in µs. */
  readonly #offsetsUs: (number | undefined)[] = [];
  /** How many nodes told theirs: from a quorum on, it can be compared with other processes. */
  toldCount = 0;

  /** A node told its clock, just now. */
  note(node: number, clockUs: number, now: ClockReading): void {
    if (!Number.isFinite(clockUs) || clockUs <= 0) return;
    if (this.#offsetsUs[node] === undefined) this.toldCount++;
    this.#offsetsUs[node] = clockUs - now.monotonicMs * 1000;
  }

  /** The fleet's time at a moment of this process, in whole µs; `undefined` as long as no node told its own. */
  usAt(moment: ClockReading): number | undefined {
    const known = this.#offsetsUs.filter((offset) => offset !== undefined).toSorted((a, b) => a - b);
    const median = known[Math.floor((known.length - 1) / 2)];
    return median === undefined ? undefined : Math.max(1, Math.floor(median + moment.monotonicMs * 1000));
  }
}
