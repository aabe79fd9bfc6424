/** The end of what is held together with others, and who gets what becomes free: the release of lua/beside.lua. */
import { type Answer, besideKey, releaseChannel, type ReleaseOperation } from "@quorate/redlock/node";

import { textOf } from "./fence-model.ts";
import { callBehind, callPermits } from "./node-calls.ts";
import { buryIn, dropHold, latestSlots, lengthenHold, type Side, slotsOf } from "./node-holders.ts";
import { leaveLine } from "./node-line.ts";
import { type HandOver, keepFence } from "./node-shared.ts";
import type { ScriptRun } from "./script-run.ts";

export function release(
  run: ScriptRun,
  operation: ReleaseOperation,
  sides: readonly Side[],
  handOver: HandOver,
): Answer {
  const { token, fence, bury, buryMs, keepMs, announce, leaves } = operation;
  let doneCount = 0;
  for (const side of sides) {
    const { isOurs } = side;
    const { freed, isFree } = end(run, side, operation);
    if (isOurs) doneCount++;
    const known = side.fence;
    let lifeMs = 0;
    if (bury || !isOurs) {
      buryIn(run, side, token, buryMs);
      if (side.mode !== "permits" && fence <= run.latestFence && known.buried < fence) {
        known.buried = fence;
        lifeMs = buryMs;
      }
    }
    const hasLeft = leaves !== undefined && leaveLine(run, known, leaves);
    let isTold = false;
    if (known.hasLine && keepMs === undefined) {
      if (isFree) {
        const handed = handOver(run, side.key, known, fence, undefined, side.mode === "shared" && !isOurs);
        isTold = handed.isTold;
        lifeMs = handed.fenceLifeMs ?? lifeMs;
      } else if (side.mode === "permits" && isOurs) callPermits(run, side, freed, 0, 0);
      else if (hasLeft && side.mode !== "shared") callBehind(run, side);
    }
    run.noteEmptied(known);
    if (lifeMs > 0 || (known.text !== undefined && textOf(known) !== known.text)) keepFence(run, known, lifeMs);
    if (isFree && isOurs && keepMs === undefined && announce && !isTold) run.publish(releaseChannel(side.key), "");
  }
  return doneCount;
}

function end(
  run: ScriptRun,
  side: Side,
  { token, fence, keepMs }: ReleaseOperation,
): { readonly isFree: boolean; readonly freed?: number } {
  if (!side.isOurs) return { isFree: side.value === undefined };
  if (side.value === token) {
    if (keepMs === undefined) run.delete(side.key);
    else run.set(side.key, `kept ${fence}`, keepMs);
    return { isFree: keepMs === undefined };
  }
  const own = slotsOf(run, side, token);
  if (keepMs !== undefined) {
    const kept = `kept ${fence} ${token.slice(0, 8)}`;
    const key = besideKey(side.fence.key, "slots");
    const slots = new Map(run.map(key));
    const latest = latestSlots(run, side);
    for (const slot of own) slots.set(String(slot), `${latest.get(slot)!.fence} ${kept}`);
    run.setMap(key, slots, undefined);
    lengthenHold(run, side, kept, keepMs);
  }
  dropHold(run, side, token);
  return { isFree: run.isFree(side.key), ...(own.length > 0 && { freed: Math.min(...own) }) };
}
