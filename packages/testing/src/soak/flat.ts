/** Whether a figure stays where it is: the rule by which a soak is judged. */

/** A rise is told where it is more than this part of the median. */
const RISE_PARTS = 0.1;
/** And more than so many standard errors of itself: a figure that jumps to and fro does not rise. */
const STANDARD_ERRORS = 3;
/** And, of things that are counted, more than these few, which callers that come and go make. */
const LEAST_RISE = 4;
const FEWEST_POINTS = 4;

/** One figure over time. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [atMs: number, value: number])[];
}

/** What became of a figure over the second half of the run. */
export interface Trend {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly median: number;
  readonly max: number;
  /** The slope of the least-squares line over the second half times its length. */
  readonly rise: number;
  readonly standardError: number;
  readonly isFlat: boolean;
}

/** `undefined` where there are too few points to tell. */
export function trendOf({ name, points }: Series): Trend | undefined {
  const fromMs = (points.at(0)?.[0] ?? 0) + ((points.at(-1)?.[0] ?? 0) - (points.at(0)?.[0] ?? 0)) / 2;
  const half = points.filter(([atMs]) => atMs >= fromMs);
  if (half.length < FEWEST_POINTS) return undefined;
  const values = half.map(([, value]) => value);
  const median = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const { rise, standardError } = line(half);
  const isRising = rise > Math.max(RISE_PARTS * median, LEAST_RISE, STANDARD_ERRORS * standardError);
  const all = points.map(([, value]) => value);
  return {
    name,
    first: all[0]!,
    last: all.at(-1)!,
    median,
    max: all.reduce((most, value) => Math.max(most, value)),
    rise,
    standardError,
    isFlat: !isRising,
  };
}

function line(points: Series["points"]): { rise: number; standardError: number } {
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const meanAtMs = mean(points.map(([atMs]) => atMs));
  const meanValue = mean(points.map(([, value]) => value));
  const sum = (term: (atMs: number, value: number) => number): number =>
    points.reduce((total, [atMs, value]) => total + term(atMs - meanAtMs, value - meanValue), 0);
  const spread = sum((atMs) => atMs ** 2);
  const slope = sum((atMs, value) => atMs * value) / spread;
  const residual = sum((atMs, value) => (value - slope * atMs) ** 2);
  const lengthMs = points.at(-1)![0] - points[0]![0];
  return {
    rise: slope * lengthMs,
    standardError: Math.sqrt(residual / (points.length - 2) / spread) * lengthMs,
  };
}
