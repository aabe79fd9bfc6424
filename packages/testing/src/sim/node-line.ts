/** Who is before whom on a node: the rules of lua/line.lua. */
import type { AcquireOperation, LineRank } from "@quorate/redlock/node";

import { isBefore, isSameRank, isSharing, MOST_LOOKS, type Place } from "./line-model.ts";
import type { Fence, ScriptRun } from "./script-run.ts";

/** The place that an acquire asks for; `undefined` when it asks for none. */
export function placeFor(run: ScriptRun, operation: AcquireOperation): Place | undefined {
  const { keys, token, fence, ttlMs, fenceRetentionMs, place } = operation;
  if (place === undefined || rankOf(operation) === undefined || place.keepMs === 0) return undefined;
  return {
    ticket: place.ticket,
    waiter: place.waiter,
    keptUntilMs: run.nowMs + place.keepMs,
    number: place.number,
    claimMs: place.claimMs,
    how: place.how,
    fence,
    fenceLifeMs: ttlMs + fenceRetentionMs,
    token,
    keys: keys.length > 1 ? keys : [],
  };
}

/** The ticket 0 is none. */
export function rankOf({ place }: AcquireOperation): LineRank | undefined {
  return place?.ticket === 0 ? undefined : place;
}

/** Answers whether it stood there. */
export function leaveLine(run: ScriptRun, fence: Fence, rank: LineRank): boolean {
  if (!fence.hasLine) return false;
  const own = run.places(fence).find((place) => isSameRank(place, rank));
  if (own !== undefined) run.endPlace(fence, own);
  return own !== undefined;
}

/** The first place from number `from` on that is not over, and whose turn it can be once `freeKey` is free. */
export function firstPlace(
  run: ScriptRun,
  fence: Fence,
  freeKey: string,
  from: number,
): { readonly place: Place; readonly at: number } | undefined {
  if (!fence.hasLine) return undefined;
  let at = from;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const place = run.places(fence)[at];
    if (place === undefined) return undefined;
    if (place.keptUntilMs <= run.nowMs) run.endPlace(fence, place);
    else if (place.keys.every((key) => key === freeKey || isOpenTo(run, place, key))) return { place, at };
    else at++;
  }
  return undefined;
}

/** Whether it is free, or shared as the waiter would share it. */
function isOpenTo(run: ScriptRun, place: Place, key: string): boolean {
  return run.isFree(key) || (isSharing(place, key) && /^shared \d+$/.test(run.text(key) ?? ""));
}

/** The first resource for which another is before us in line, and who. */
export function elderOf(
  run: ScriptRun,
  keys: readonly string[],
  fences: readonly Fence[],
  operation: AcquireOperation,
): { readonly index: number; readonly place: Place } | undefined {
  const own = rankOf(operation);
  for (const [index, fence] of fences.entries()) {
    const place = firstPlace(run, fence, keys[index]!, 0)?.place;
    if (place === undefined || place.waiter === operation.place?.waiter) continue;
    if (own === undefined || !isBefore(own, place)) return { index, place };
  }
  return undefined;
}
