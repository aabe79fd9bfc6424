/** Who is before whom on a node: the rules of lua/line.lua. */
import { type AcquireOperation, fenceKey, type LineRank } from "@quorate/redlock/node";

import { isBefore, isSameRank, isSharing, MOST_LOOKS, type Place } from "./line-model.ts";
import type { Fence } from "./fence-model.ts";
import type { ScriptRun } from "./script-run.ts";

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

/**
 * The first place from number `from` on that is not over, and whose turn it can be once `freeKey` is free. `isElder`: it
 * is only asked whether it keeps others out.
 */
export function firstPlace(
  run: ScriptRun,
  fence: Pick<Fence, "key" | "hasLine">,
  freeKey: string,
  from: number,
  isElder = false,
): { readonly place: Place; readonly at: number } | undefined {
  if (!fence.hasLine) return undefined;
  let at = from;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const place = run.places(fence)[at];
    if (place === undefined) return undefined;
    if (place.keptUntilMs <= run.nowMs) run.endPlace(fence, place);
    else if (place.keys.every((key) => key === freeKey || isOpenTo(run, place, key, isElder))) return { place, at };
    else at++;
  }
  return undefined;
}

/** Whether it is free, or shared as the waiter would share it and is let in. */
function isOpenTo(run: ScriptRun, place: Place, key: string, isElder: boolean): boolean {
  if (run.isFree(key)) return true;
  if (!isSharing(place, key) || !/^shared \d+$/.test(run.text(key) ?? "")) return false;
  return isElder || !isKeptOut(run, place, key);
}

/** Whether somebody stands before it who will not share this key, which others share now. */
function isKeptOut(run: ScriptRun, place: Place, key: string): boolean {
  const line = { key: fenceKey(key), hasLine: true };
  for (let look = 0, from = 0; look < MOST_LOOKS; look++) {
    const elder = firstPlace(run, line, key, from, true);
    if (elder === undefined || !isBefore(elder.place, place)) return false;
    if (!isSharing(elder.place, key)) return true;
    from = elder.at + 1;
  }
  return false;
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
