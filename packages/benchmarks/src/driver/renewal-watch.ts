/** When each of many locks was extended, and how late the latest of all renewals was. */
import { performance } from "node:perf_hooks";
import type { ExtendedEvent, Redlock } from "@quorate/redlock";

const resourcePrefix = "held:";

export class RenewalWatch {
  readonly #redlock: Redlock;
  /** The longest that a lock may go without being extended: a third of its TTL. */
  readonly #dueAfterMs: number;
  /** When each lock was acquired or last extended; 0 before. */
  readonly #lastAtMs: Float64Array;
  readonly #onExtended: (event: ExtendedEvent) => void;
  readonly #onLost: () => void;
  #longestGapMs = 0;
  extendCount = 0;
  lostCount = 0;

  constructor(redlock: Redlock, ttlMs: number, lockCount: number) {
    this.#redlock = redlock;
    this.#dueAfterMs = ttlMs / 3;
    this.#lastAtMs = new Float64Array(lockCount);
    this.#onExtended = ({ resources }) => this.#note(Number((resources[0] as string).slice(resourcePrefix.length)));
    this.#onLost = () => {
      this.lostCount += 1;
    };
    redlock.on("extended", this.#onExtended);
    redlock.on("lost", this.#onLost);
  }

  static resource(index: number): string {
    return resourcePrefix + index;
  }

  begin(index: number, atMs: number): void {
    this.#lastAtMs[index] = atMs;
  }

  /** 0 when none was late; a lock that still waits for its renewal counts as well. */
  longestLatenessMs(nowMs: number): number {
    let longestGapMs = this.#longestGapMs;
    for (const lastAtMs of this.#lastAtMs) longestGapMs = Math.max(longestGapMs, lastAtMs === 0 ? 0 : nowMs - lastAtMs);
    return Math.max(0, longestGapMs - this.#dueAfterMs);
  }

  stop(): void {
    this.#redlock.off("extended", this.#onExtended);
    this.#redlock.off("lost", this.#onLost);
  }

  #note(index: number): void {
    const nowMs = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastAtMs[index]!);
    this.#lastAtMs[index] = nowMs;
    this.extendCount += 1;
  }
}
