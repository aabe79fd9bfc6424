/** Tries, as many as the settings allow. */
import { sleep } from "../runtime/sleep.ts";
import { ExecutionError, noQuorum } from "./errors.ts";
import { explain } from "./explain.ts";
import type { Fleet } from "./fleet.ts";
import type { MergedSettings } from "./settings.ts";
import type { ExecutionStats } from "./stats.ts";

/** "again": worth another try after the delay; "now": without one; "never": no try can succeed any more. */
export type Failed = "again" | "now" | "never";

/** Fencing tokens that were refused as stale are raised and tried again at once, but not for ever. */
const mostAtOnce = 5;
/** A waiter with `retryCount: -1` may try for days: it keeps the votes of its last tries, not of all. */
const mostKept = 100;

export interface Tried<Found> {
  readonly found: Found | undefined;
  /** Of the last tries, `mostKept` at most. */
  readonly attempts: readonly Promise<ExecutionStats>[];
  readonly tryCount: number;
}

/** Resolves with what `once` found, or with `undefined` when the tries are used up. */
export async function tryRepeatedly<Found extends object>(
  fleet: Fleet,
  settings: MergedSettings,
  once: (attempts: Promise<ExecutionStats>[]) => Promise<Found | Failed>,
): Promise<Tried<Found>> {
  const { runtime } = fleet.set;
  const { retryCount, retryDelay, retryJitter } = settings;
  const attempts: Promise<ExecutionStats>[] = [];
  let atOnceCount = 0;
  let wasStale = false;
  let tryCount = 0;
  for (let left = retryCount === -1 ? Infinity : retryCount; ; left--) {
    const outcome = await inTurn(fleet, () => once(attempts));
    tryCount++;
    if (attempts.length > mostKept) void attempts.shift();
    if (typeof outcome === "object") return { found: outcome, attempts, tryCount };
    if (outcome === "now" && wasStale) fleet.set.fences.leap();
    wasStale = outcome === "now";
    if (outcome === "now" && atOnceCount++ < mostAtOnce) continue;
    if (outcome === "never" || left <= 0) return { found: undefined, attempts, tryCount };
    const delayMs = retryDelay + Math.floor((runtime.random() * 2 - 1) * retryJitter);
    await sleep(runtime, Math.max(0, delayMs)).over;
  }
}

/** What was found. Rejects with an `ExecutionError` where nothing was. */
export async function foundBy<Found>(fleet: Fleet, tried: Tried<Found>): Promise<Found> {
  if (tried.found !== undefined) return tried.found;
  throw new ExecutionError(noQuorum, tried.attempts, await explain(fleet, tried));
}

/** A burst is slowed before it fills the nodes' queues, where there would be no room for the rest of it. */
function inTurn<Outcome>({ set }: Fleet, once: () => Promise<Outcome>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    set.gate.enter((leave) => void once().finally(leave).then(resolve, reject));
  });
}
