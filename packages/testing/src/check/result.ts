/** What a checker found. Three answers, not two: a history in which nothing could have gone wrong proves nothing. */
import type { HistoryEvent } from "../history/event.ts";

/** What a checker reads: a `LockHistory`, or anything that has its events. */
export interface Events {
  readonly events: readonly HistoryEvent[];
}

/** A verdict and what it rests on. */
export type CheckResult =
  | {
      readonly verdict: "ok";
      /** How many cases were looked at that could have been violations. */
      readonly checkedCount: number;
    }
  | {
      readonly verdict: "violation";
      /** For people: what happened, with names and times. */
      readonly message: string;
      /** The events that prove it. */
      readonly evidence: readonly HistoryEvent[];
    }
  | {
      readonly verdict: "inconclusive";
      /** For people: what was missing. */
      readonly message: string;
    };

/** ok when something was looked at, else inconclusive. */
export function okIfChecked(checkedCount: number, missing: string): CheckResult {
  return checkedCount > 0 ? { verdict: "ok", checkedCount } : { verdict: "inconclusive", message: missing };
}

/** A time for people: to the microsecond. */
export function shown(atMs: number): number {
  return Math.round(atMs * 1_000) / 1_000;
}
