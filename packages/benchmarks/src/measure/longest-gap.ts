/** The longest that nobody held the resource. */
import type { ContendReport } from "../driver/order.ts";
import type { Time } from "./hand-offs.ts";

export function longestGapMs(reports: readonly ContendReport[], { startAtMs, endAtMs }: Time): number {
  const holds = reports.flatMap(({ moments }) =>
    Array.from({ length: moments.length / 3 }, (_, at) => [moments[3 * at + 1]!, moments[3 * at + 2]!] as const),
  );
  holds.sort(([one], [other]) => one - other);
  let longest = 0;
  let freeSinceMs = startAtMs;
  for (const [enteredAtMs, leftAtMs] of [...holds, [endAtMs, endAtMs] as const]) {
    const gapMs = Math.min(enteredAtMs, endAtMs) - Math.max(freeSinceMs, startAtMs);
    longest = Math.max(longest, gapMs);
    freeSinceMs = Math.max(freeSinceMs, leftAtMs);
  }
  return longest;
}
