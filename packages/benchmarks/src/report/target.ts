/** What was promised, beside what was measured; judged by three digits, as it is shown. */

export interface Target {
  readonly what: string;
  readonly bound: string;
  /** NaN where nothing was measured. */
  readonly measured: number;
  readonly isMet: boolean;
}

export function atLeast(what: string, bound: number, unit: string, measured: number): Target {
  return { what, bound: `at least ${bound}${unit}`, measured, isMet: shown(measured) >= bound };
}

export function atMost(what: string, bound: number, unit: string, measured: number): Target {
  return { what, bound: `at most ${bound}${unit}`, measured, isMet: shown(measured) <= bound };
}

function shown(measured: number): number {
  return measured < 1_000 ? Number(measured.toPrecision(3)) : Math.round(measured);
}
