/** Who is before whom where several can hold it, and whom a node calls: the rules of callReaders and callPermits in lua/holders.lua. */
import type { LineRank } from "@quorate/redlock/node";

import { isBefore, MOST_LOOKS, type Place } from "./line-model.ts";
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
      if (!fits && !(side.mode === "shared" && place.how === "s")) return { index, place };
      from = found.at + 1;
    }
  }
  return undefined;
}

/** Calls all readers up to the first who is none. */
export function callReaders(run: ScriptRun, side: Pick<Side, "key" | "fence">, from: number): void {
  for (let at = from; ;) {
    const found = firstPlace(run, side.fence, side.key, at);
    if (found?.place.how !== "s") return;
    run.tell(side.key, found.place.waiter, "");
    at = found.at + 1;
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
    sum += wish.weight;
    if (sum > wish.of - takenCount) return;
    run.tell(side.key, found.place.waiter, slot === undefined ? "" : ` ${slot}`);
    slot = undefined;
    at = found.at + 1;
  }
}
