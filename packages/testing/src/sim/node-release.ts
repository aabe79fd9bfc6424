/** The end of a token on a node, and who gets what it held: the rules of lua/finish.lua and of handOver in lua/line.lua. */
import {
  type Answer,
  type LineRank,
  type Operation,
  releaseChannel,
  type ReleaseOperation,
} from "@quorate/redlock/node";

import { type Fence, textOf } from "./fence-model.ts";
import { callBehind, callPermits, callReaders, permitsOf } from "./node-calls.ts";
import { isBefore, isSharing, MOST_LOOKS } from "./line-model.ts";
import { firstPlace, leaveLine, rankOf } from "./node-line.ts";
import { keepFence } from "./node-shared.ts";
import type { ScriptRun } from "./script-run.ts";

export function release(run: ScriptRun, operation: ReleaseOperation, following: Operation | undefined): Answer {
  const { keys, token, fence, bury, buryMs } = operation;
  const had = keys.map((key) => run.text(key) === token);
  const wereFree = keys.map((key) => run.isFree(key));
  // What is kept is nobody's, as what somebody else holds.
  const { keepMs } = operation;
  const ours = had.map((isOurs) => isOurs && keepMs === undefined);
  for (const [index, key] of keys.entries()) {
    if (ours[index] === true) run.delete(key);
    else if (had[index] === true) run.set(key, `kept ${fence}`, keepMs!);
  }
  for (const [index, key] of keys.entries()) {
    const isOurs = ours[index] === true;
    let isHanded = false;
    const isBuried = bury || !isOurs;
    const known = fence > 0 ? fenceToEnd(run, key, isBuried) : undefined;
    if (known !== undefined) {
      let lifeMs = 0;
      const hasLeft = operation.leaves !== undefined && leaveLine(run, known, operation.leaves);
      if (isBuried && fence <= run.latestFence && known.buried < fence) {
        known.buried = fence;
        lifeMs = buryMs;
      }
      if (known.hasLine && (isOurs || wereFree[index] === true)) {
        const handed = handOver(run, key, known, fence, contenderIn(run, following, key, known));
        isHanded = handed.isTold;
        lifeMs = handed.fenceLifeMs ?? lifeMs;
      } else if (hasLeft && known.hasLine) callBehind(run, { key, fence: known });
      run.noteEmptied(known);
      if (lifeMs > 0 || textOf(known) !== (known.text ?? "0")) keepFence(run, known, lifeMs);
    }
    if (isOurs && operation.announce && !isHanded) run.publish(releaseChannel(key), "");
  }
  return had.filter(Boolean).length;
}

/** A text that is no fence keeps nobody from letting go of the key, and stays as it is. */
function fenceToEnd(run: ScriptRun, key: string, isBuried: boolean): Fence | undefined {
  try {
    return run.fence(key);
  } catch (error) {
    if (isBuried) throw error;
    return undefined;
  }
}

/** An acquire in line for this key that comes next in the same call, and will be granted unless somebody is before it. */
function contenderIn(
  run: ScriptRun,
  following: Operation | undefined,
  key: string,
  fence: Fence,
): LineRank | undefined {
  if (following?.kind !== "acquire" || rankOf(following) === undefined || following.fence === 0) return undefined;
  if (following.keys.length !== 1 || following.keys[0] !== key) return undefined;
  // Who comes to share it is not the only one: those behind are called as well.
  if (following.shared !== undefined || following.permits !== undefined) return undefined;
  const proposed = following.fence;
  if (proposed <= fence.highest || proposed <= fence.buried || proposed > run.latestFence) return undefined;
  return rankOf(following);
}

interface HandedOver {
  /** Somebody was told, or comes now. */
  readonly isTold: boolean;
  readonly fenceLifeMs?: number;
}

export function handOver(
  run: ScriptRun,
  key: string,
  fence: Fence,
  ended: number,
  following: LineRank | undefined,
  isOneCalled = false,
): HandedOver {
  let from = 0;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const first = firstPlace(run, fence, key, from);
    if (first === undefined) return { isTold: false };
    const { place } = first;
    from = first.at;
    if (following !== undefined && (following.waiter === place.waiter || isBefore(following, place))) {
      return { isTold: true };
    }
    const next = Math.max(place.fence, ended + 1);
    const isGiven = place.claimMs > 0 && next > fence.highest && next > fence.buried && next <= run.latestFence;
    const message = isGiven ? ` ${next} ${place.number} ${run.life} ${place.token}` : "";
    if (!run.tell(key, place.waiter, message)) {
      run.endPlace(fence, place);
      continue;
    }
    const weight = permitsOf(place)?.weight;
    if (isSharing(place, key) && !isOneCalled) callReaders(run, { key, fence }, from + 1);
    if (weight !== undefined) callPermits(run, { key, fence, base: undefined }, undefined, from + 1, weight);
    if (!isGiven) return { isTold: true };
    run.endPlace(fence, place);
    run.set(key, place.token, place.claimMs);
    fence.highest = next;
    return { isTold: true, fenceLifeMs: place.fenceLifeMs };
  }
  return { isTold: false };
}
