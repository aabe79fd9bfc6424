/** What several rounds of one measurement say: the middle, and how far they lie apart. */

export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Of an even number of rounds the median is the mean of the two in the middle. NaN where there is no round. */
export function spreadOf(rounds: readonly number[]): Spread {
  const sorted = rounds.toSorted((a, b) => a - b);
  const { length } = sorted;
  if (length === 0) return { median: Number.NaN, lowest: Number.NaN, highest: Number.NaN };
  const upper = sorted[Math.floor(length / 2)] as number;
  const lower = sorted[Math.floor((length - 1) / 2)] as number;
  return { median: (lower + upper) / 2, lowest: sorted[0] as number, highest: sorted[length - 1] as number };
}

/** Round by round, so that what disturbed both at one time does not count. */
export function ratiosOf(rounds: readonly number[], reference: readonly number[]): Spread {
  return spreadOf(rounds.map((figure, round) => figure / (reference[round] ?? Number.NaN)));
}
