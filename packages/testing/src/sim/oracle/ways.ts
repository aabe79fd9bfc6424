/** How a resource is held, and what can be held beside what: the promise, without what the library makes of it. */
import type { LockMode } from "@quorate/redlock";

export interface Ways {
  readonly mode: LockMode;
  /** Of permits, which. */
  readonly numbers: readonly number[];
}

/** Readers can be beside readers, permits beside others with other numbers, and nobody else beside anybody. */
export function keepApart(one: Ways, other: Ways): boolean {
  if (one.mode !== other.mode || one.mode === "exclusive") return true;
  return one.numbers.some((number) => other.numbers.includes(number));
}

/** The same as names: two ways keep apart where they are not both "shared", nor different permits. */
export function namesOf({ mode, numbers }: Ways): readonly string[] {
  return mode === "permits" ? numbers.map((number) => `permit ${number}`) : [mode];
}
