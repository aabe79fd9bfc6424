/** Where an axis has its ends and its lines: few, round, and close around what is shown. */

/** "symlog" has a place for 0, and is linear below 1. */
export type Scale = "log" | "linear" | "symlog";

/** Beyond so many decades only powers of ten have a line. */
const mostDecades = 2.5;

/** What Vega-Lite is told of the scale and of the axis; `values` are what is shown. */
export function ticksOf(type: Scale, values: readonly number[]): { readonly scale: object; readonly axis: object } {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  if (type === "linear" || values.length === 0) return { scale: { type }, axis: { tickCount: 5 } };
  if (type === "symlog") {
    // Vega's own choice are the ticks of a linear scale: all at the upper end.
    const ticks = [0, ...roundSteps(1, Math.max(1, highest))];
    return { scale: { type, domain: [0, ticks.at(-1)] }, axis: { values: ticks } };
  }
  const ticks = roundSteps(lowest, highest);
  return { scale: { type, domain: [ticks[0], ticks.at(-1)] }, axis: { values: ticks } };
}

/** 1, 2, 5, 10 ... or 1, 10, 100 ..., from the last at or below `lowest` to the first at or above `highest`. */
function roundSteps(lowest: number, highest: number): number[] {
  const isFine = Math.log10(highest / lowest) < mostDecades;
  const steps: number[] = [];
  for (let decade = Math.floor(Math.log10(lowest)); ; decade += 1) {
    for (const factor of isFine ? [1, 2, 5] : [1]) {
      // A text, since 5 * 10 ** -2 is not 0.05.
      const step = Number(`${factor}e${decade}`);
      if (step <= lowest) steps.length = 0;
      steps.push(step);
      if (step >= highest && steps.length > 1) return steps;
    }
  }
}
