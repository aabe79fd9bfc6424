/** Tries, as many as the settings allow. */
import { sleep } from "../runtime/sleep.ts";
import type { ExecutionStats } from "./ballot.ts";
import type { Fleet } from "./fleet.ts";
import type { Settings } from "./settings.ts";

/** "again": worth another try after the delay; "now": without one; "never": no try can succeed any more. */
export type Failed = "again" | "now" | "never";

/** Fencing tokens that were refused as stale are raised and tried again at once, but not for ever. */
const mostAtOnce = 5;

/** Resolves with what `once` found, or with `undefined` when the tries are used up. */
export async function tryRepeatedly<Found extends object>(
  fleet: Fleet,
  settings: Settings,
  once: (attempts: Promise<ExecutionStats>[]) => Promise<Found | Failed>,
): Promise<{ readonly found: Found | undefined; readonly attempts: readonly Promise<ExecutionStats>[] }> {
  const { runtime } = fleet.set;
  const { retryCount, retryDelay, retryJitter } = settings;
  const attempts: Promise<ExecutionStats>[] = [];
  let atOnceCount = 0;
  for (let left = retryCount === -1 ? Infinity : retryCount; ; left--) {
    const outcome = await once(attempts);
    if (typeof outcome === "object") return { found: outcome, attempts };
    if (outcome === "now" && atOnceCount++ < mostAtOnce) continue;
    if (outcome === "never" || left <= 0) return { found: undefined, attempts };
    const delayMs = retryDelay + Math.floor((runtime.random() * 2 - 1) * retryJitter);
    await sleep(runtime, Math.max(0, delayMs)).over;
  }
}
