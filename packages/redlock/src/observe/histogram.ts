/** A distribution of durations, as Prometheus counts it: how many took no longer than each bound. */

/** Upper bounds in seconds: from a local round trip to a lock held for an hour. */
export const SECONDS_BOUNDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600,
];

/** One moment of a histogram. */
export interface HistogramSample {
  /** Per bound of the metric, how many values were not greater. Cumulative: each count includes those before it. */
  readonly bucketCounts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export class Histogram {
  /** Not cumulative here, so that noting a value touches one of them. */
  readonly #counts: number[] = SECONDS_BOUNDS.map(() => 0);
  #count = 0;
  #sumMs = 0;

  note(valueMs: number): void {
    this.#count++;
    this.#sumMs += valueMs;
    const seconds = valueMs / 1_000;
    for (let index = 0; index < SECONDS_BOUNDS.length; index++) {
      if (seconds > SECONDS_BOUNDS[index]!) continue;
      this.#counts[index]!++;
      return;
    }
  }

  sample(): HistogramSample {
    let total = 0;
    return {
      bucketCounts: this.#counts.map((count) => (total += count)),
      count: this.#count,
      sum: this.#sumMs / 1_000,
    };
  }
}
