/** What was promised, beside what was measured; judged by three digits, as it is shown. */
import { rounded } from "./markdown.ts";

export interface Target {
  readonly what: string;
  readonly bound: string;
  /** NaN where nothing was measured. */
  readonly measured: number;
  readonly isMet: boolean;
}

export function atLeast(what: string, bound: number, unit: string, measured: number): Target {
  return { what, bound: `at least ${bound}${unit}`, measured, isMet: rounded(measured) >= bound };
}

export function atMost(what: string, bound: number, unit: string, measured: number): Target {
  return { what, bound: `at most ${bound}${unit}`, measured, isMet: rounded(measured) <= bound };
}
