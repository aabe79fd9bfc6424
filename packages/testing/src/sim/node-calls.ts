/** Who is before whom where several can hold it, and whom a node calls: the rules of callReaders and callPermits in lua/call-beside.lua. */
import type { LineRank } from "@quorate/redlock/node";

import { isBefore, isSharing, MOST_LOOKS, type Place } from "./line-model.ts";
import { type Side, takenSlots } from "./node-holders.ts";
import { firstPlace } from "./node-line.ts";
import type { ScriptRun } from "./script-run.ts";

export function permitsOf({ how }: Place): { readonly weight: number; readonly of: number } | undefined {
  const [, weight, of] = /^p(\d+)\/(\d+)$/.exec(how ?? "") ?? [];
  return weight === undefined ? undefined : { weight: Number(weight), of: Number(of) };
}

/** The first resource for which another is before us in line and cannot be beside us, and who. */
export function elderBeside(
  run: ScriptRun,
  sides: readonly Side[],
  own: LineRank | undefined,
  choice: { readonly wanted: number; readonly freeCount: number } | undefined,
): { readonly index: number; readonly place: Place } | undefined {
  for (const [index, side] of sides.entries()) {
    let taken = choice?.wanted ?? 0;
    let from = 0;
    for (let look = 0; look < MOST_LOOKS; look++) {
      const found = firstPlace(run, side.fence, side.key, from);
      if (found === undefined) break;
      const { place } = found;
      if (place.waiter === own?.waiter || (own !== undefined && isBefore(own, place))) break;
      const wish = permitsOf(place);
      taken += wish?.weight ?? 0;
      const fits = side.mode === "permits" && wish !== undefined && taken <= choice!.freeCount;
      if (!fits && !(side.mode === "shared" && isSharing(place, side.key))) return { index, place };
      from = found.at + 1;
    }
  }
  return undefined;
}

/** Calls all readers up to the first who is none. */
export function callReaders(run: ScriptRun, side: Pick<Side, "key" | "fence">, from: number): void {
  for (let at = from; ;) {
    const found = firstPlace(run, side.fence, side.key, at);
    if (found === undefined || !isSharing(found.place, side.key)) return;
    at = found.at + (callAt(run, side, found.place, "") ? 1 : 0);
  }
}

/**
 * Calls the first in line who fit into what is free, and names the number that was freed. `before`: the weights of those
 * before place number `from`, who were called already.
 */
export function callPermits(
  run: ScriptRun,
  side: Pick<Side, "key" | "fence" | "base">,
  freed: number | undefined,
  from: number,
  before: number,
): void {
  const taken = takenSlots(run, side);
  let [at, sum, slot] = [from, before, freed];
  for (let look = 0; look < MOST_LOOKS; look++) {
    const found = firstPlace(run, side.fence, side.key, at);
    const wish = found && permitsOf(found.place);
    if (found === undefined || wish === undefined) return;
    const takenCount = [...taken.keys()].filter((each) => each < wish.of).length;
    if (sum + wish.weight > wish.of - takenCount) return;
    at = found.at;
    if (!callAt(run, side, found.place, slot === undefined ? "" : ` ${slot}`)) continue;
    sum += wish.weight;
    slot = undefined;
    at++;
  }
}

/** Calls a waiter; where that one is gone its place ends, or it would count for one who is coming. */
function callAt(run: ScriptRun, { key, fence }: Pick<Side, "key" | "fence">, place: Place, message: string): boolean {
  const isThere = run.tell(key, place.waiter, message);
  if (!isThere) run.endPlace(fence, place);
  return isThere;
}

/** A waiter has left the line of what others hold: calls those whom it kept from being beside them. */
export function callBehind(run: ScriptRun, side: Pick<Side, "key" | "fence">): void {
  const [, mode, base] = /^([a-z]+) (\d+)$/.exec(run.text(side.key) ?? "") ?? [];
  if (mode === "shared") callReaders(run, side, 0);
  if (mode === "permits") callPermits(run, { ...side, base: Number(base) }, undefined, 0, 0);
}
