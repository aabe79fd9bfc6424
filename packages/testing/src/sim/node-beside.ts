/** What is held together with others, shared or as some of K permits: the rules of lua/beside.lua. */
import {
  type AcquireOperation,
  type Answer,
  type ExtendOperation,
  type HealOperation,
  type LinePlace,
  type Operation,
  type ReleaseOperation,
  type ShareOperation,
} from "@quorate/redlock/node";

import { release } from "./node-beside-release.ts";
import { callReaders, elderBeside, permitsOf } from "./node-calls.ts";
import { isSharing } from "./line-model.ts";
import { firstPlace, leaveLine, rankOf } from "./node-line.ts";
import {
  beginPeriod,
  dropHold,
  isBuriedIn,
  latestSlots,
  lengthenHold,
  setSlots,
  type Side,
  sideOf,
  soonestMs,
  slotsOf,
  takenSlots,
} from "./node-holders.ts";
import { type HandOver, refuse, withoutSecret } from "./node-shared.ts";
import { CommandError, type ScriptRun } from "./script-run.ts";

type Beside = AcquireOperation | HealOperation | ExtendOperation | ShareOperation | ReleaseOperation;

/** What of an operation is held beside others; `undefined` of any other operation. */
export function besideOf(operation: Operation): Beside | undefined {
  if (operation.kind === "inspect" || operation.kind === "notice") return undefined;
  if (operation.kind === "share") return operation;
  const isBeside = "shared" in operation || "slots" in operation || "permits" in operation;
  return isBeside ? operation : undefined;
}

function sidesOf(run: ScriptRun, operation: Beside): Side[] {
  const { keys, token, kind } = operation;
  const shared = kind === "share" ? [...keys.keys()] : operation.shared;
  return keys.map((key, index) => {
    const mode = shared === undefined ? "permits" : shared.includes(index) ? "shared" : "exclusive";
    return sideOf(run, key, token, mode);
  });
}

export function executeBeside(run: ScriptRun, operation: Beside, handOver: HandOver): Answer {
  switch (operation.kind) {
    case "acquire":
    case "heal":
      return acquire(run, operation);
    case "extend":
    case "share":
      return extend(run, operation);
    case "release":
      return release(run, operation, sidesOf(run, operation), handOver);
  }
}

interface Choice {
  readonly slots: readonly number[];
  readonly wanted: number;
  readonly freeCount: number;
  readonly isDone: boolean;
}

/** What the token has, or the first free numbers from the start on whose latest T is below ours. */
function choose(run: ScriptRun, side: Side, operation: AcquireOperation | HealOperation): Choice {
  const { token, fence } = operation;
  const taken = takenSlots(run, side);
  if (operation.kind === "heal") {
    const slots = operation.slots!;
    const isDone = slots.every((slot) => (taken.get(slot) ?? token) === token);
    return { slots, wanted: 0, freeCount: 0, isDone };
  }
  const { of, weight, start } = operation.permits!;
  const numbers = Array.from({ length: of }, (_, index) => (start + index) % of);
  const free = numbers.filter((slot) => !taken.has(slot));
  const latest = latestSlots(run, side);
  const chosen = side.isOurs
    ? slotsOf(run, side, token)
    : free.filter((slot) => (latest.get(slot)?.fence ?? 0) < fence).slice(0, weight);
  const isDone = side.isOurs || chosen.length === weight;
  return { slots: chosen.toSorted((a, b) => a - b), wanted: weight, freeCount: free.length, isDone };
}

function acquire(run: ScriptRun, operation: AcquireOperation | HealOperation): Answer {
  const { token, fence, keys } = operation;
  const isHeal = operation.kind === "heal";
  if (fence > run.latestFence) {
    return ["error", `AHEAD the fencing token ${fence} is more than a day ahead of this node's clock`];
  }
  const sides = sidesOf(run, operation);
  if (sides.some((side) => run.isForeign(side.key) || run.isForeign(side.fence.key)))
    throw new CommandError("WRONGTYPE");
  const fences = sides.map((side) => side.fence);
  const highest = Math.max(...fences.map((each) => each.highest));
  if (sides.some((side) => isBuriedIn(run, side, token))) return ["stale", highest];
  const heldIndex = sides.findIndex((side) => side.isOthers);
  if (heldIndex >= 0) {
    const { key, value } = sides[heldIndex]!;
    return refuse(run, operation, fences, heldIndex, run.remaining(key), withoutSecret(value!));
  }
  const first = sides[0]!;
  const choice = first.mode === "permits" ? choose(run, first, operation) : undefined;
  if (choice?.isDone === false) {
    if (isHeal) dropHold(run, first, token);
    if (isHeal || choice.freeCount >= choice.wanted) return ["stale", highest];
    return refuse(run, operation, fences, 0, soonestMs(run, first), withoutSecret(first.value!));
  }
  if (!isHeal && !sides.every((side) => side.isOurs)) {
    const elder = elderBeside(run, sides, rankOf(operation), choice);
    if (elder !== undefined) {
      const isItsTurn = sides[elder.index]!.value === undefined || permitsOf(elder.place) !== undefined;
      if (isItsTurn) run.tell(keys[elder.index]!, elder.place.waiter, "");
      return refuse(run, operation, fences, elder.index, elder.place.keptUntilMs - run.nowMs, "");
    }
  }
  const buried = sides.map((side) => (side.mode === "exclusive" ? side.fence.buried : 0));
  if (sides.some((side) => isStale(side, fence, isHeal))) return ["stale", Math.max(highest, ...buried)];
  for (const side of sides) hold(run, side, operation, choice?.slots);
  const place: LinePlace | undefined = isHeal ? undefined : operation.place;
  for (const each of fences) {
    if (place !== undefined && place.ticket !== 0) leaveLine(run, each, place);
    run.noteEmptied(each);
    each.highest = Math.max(each.highest, fence);
    run.writeFence(each, operation.ttlMs + operation.fenceRetentionMs);
  }
  if (!isHeal && choice !== undefined) return ["slots", fences[0]!.highest, ...choice.slots];
  return place?.ticket === 0 ? run.nowMs * 1000 : 1;
}

/** Above all earlier writers, and in no order among readers. */
function isStale({ isOurs, base, fence, mode }: Side, proposed: number, isHeal: boolean): boolean {
  if (!isOurs && !isHeal && proposed <= (base ?? fence.highest)) return true;
  return mode === "exclusive" && (proposed < fence.highest || proposed <= fence.buried);
}

function hold(
  run: ScriptRun,
  side: Side,
  { token, ttlMs, fence }: AcquireOperation | HealOperation,
  slots: readonly number[] | undefined,
): void {
  if (side.mode === "exclusive") {
    if (!side.isOurs) run.set(side.key, token, ttlMs);
    else if (run.remaining(side.key) < ttlMs) run.endIn(side.key, ttlMs);
    return;
  }
  if (side.base === undefined) beginPeriod(run, side, ttlMs);
  else run.set(side.key, side.value!, run.remaining(side.key));
  if (slots !== undefined) setSlots(run, side, token, fence, slots);
  lengthenHold(run, side, token, ttlMs);
}

function extend(run: ScriptRun, operation: ExtendOperation | ShareOperation): Answer {
  const { token, fence, ttlMs, fenceRetentionMs, kind } = operation;
  const sides = sidesOf(run, operation);
  const lost = sides.findIndex((side) => {
    if (!side.isOurs || (side.isConverted && kind === "extend")) return true;
    if (side.mode !== "permits" || kind === "share") return false;
    const own = slotsOf(run, side, token);
    return own.length !== operation.slots!.length || !own.every((slot) => operation.slots!.includes(slot));
  });
  if (lost >= 0) return ["lost", lost];
  let isWanted = false;
  for (const side of sides) {
    if (fence <= run.latestFence) side.fence.highest = Math.max(side.fence.highest, fence);
    let lifeMs = Math.max(run.remaining(side.key), ttlMs);
    run.endIn(side.key, lifeMs);
    if (side.isConverted) beginPeriod(run, side, lifeMs);
    if (side.mode !== "exclusive") lifeMs = lengthenHold(run, side, token, side.isConverted ? lifeMs : ttlMs);
    run.writeFence(side.fence, lifeMs + fenceRetentionMs);
    if (!side.fence.hasLine) continue;
    if (side.isConverted) callReaders(run, side, 0);
    const first = firstPlace(run, side.fence, side.key, 0)?.place;
    isWanted ||= first !== undefined && !(side.mode === "shared" && isSharing(first, side.key));
  }
  return isWanted ? 2 : 1;
}
