/** What each of the lock's operations does on a node, and answers: the specification of the Lua files of these names. */
import {
  type AcquireOperation,
  type Answer,
  type ExtendOperation,
  fenceKey,
  type HealOperation,
  NOTICE,
  type Operation,
  releaseChannel,
} from "@quorate/redlock/node";

import type { Fence } from "./fence-model.ts";
import { lineKey } from "./line-model.ts";
import { besideOf, executeBeside } from "./node-beside.ts";
import { holdersText } from "./node-inspect.ts";
import { elderOf, leaveLine } from "./node-line.ts";
import { handOver, release } from "./node-release.ts";
import { refuse, withoutSecret } from "./node-shared.ts";
import { CommandError, type ScriptRun } from "./script-run.ts";

/** `following`: the operation that comes next in the same call. Throws a `CommandError` where a command inside the script fails. */
export function execute(run: ScriptRun, operation: Operation, following: Operation | undefined): Answer {
  const beside = besideOf(operation);
  if (beside !== undefined) return executeBeside(run, beside, handOver);
  switch (operation.kind) {
    case "acquire":
    case "heal":
      return acquire(run, operation);
    case "extend":
      return extend(run, operation);
    case "release":
      return release(run, operation, following);
    case "inspect":
      return inspect(run, operation.keys);
    case "notice":
      for (const key of operation.keys) run.publish(releaseChannel(key), NOTICE);
      return 1;
    case "share":
      return executeBeside(run, operation, handOver);
  }
}

function acquire(run: ScriptRun, operation: AcquireOperation | HealOperation): Answer {
  const { keys, token, fence } = operation;
  if (fence > run.latestFence) {
    return ["error", `AHEAD the fencing token ${fence} is more than a day ahead of this node's clock`];
  }
  const fences = fence === 0 ? [] : keys.map((key) => run.fence(key));
  const highest = Math.max(0, ...fences.map((each) => each.highest));
  const buried = Math.max(0, ...fences.map((each) => each.buried));
  if (fence > 0 && fence <= buried) return ["stale", Math.max(highest, buried)];
  const holders = keys.map((key) => run.text(key));
  const heldIndex = holders.findIndex((holder) => holder !== undefined && holder !== token);
  if (heldIndex >= 0) {
    return refuse(
      run,
      operation,
      fences,
      heldIndex,
      run.remaining(keys[heldIndex]!),
      withoutSecret(holders[heldIndex]!),
    );
  }
  const isRepeat = holders.every((holder) => holder === token);
  let isStale = fence > 0 && fence < highest;
  if (!isRepeat && operation.kind === "acquire") {
    const elder = elderOf(run, keys, fences, operation);
    if (elder !== undefined) {
      run.tell(keys[elder.index]!, elder.place.waiter, "");
      return refuse(run, operation, fences, elder.index, elder.place.keptUntilMs - run.nowMs, "");
    }
    isStale ||= fence > 0 && fence === highest;
  }
  if (isStale) return ["stale", highest];
  take(run, operation, fences, holders);
  return operation.kind === "acquire" && operation.place?.ticket === 0 && fence > 0 ? run.nowMs * 1000 : 1;
}

/** All of the keys and fences, or none. */
function take(
  run: ScriptRun,
  { kind, keys, token, fence, ttlMs, fenceRetentionMs, ...rest }: AcquireOperation | HealOperation,
  fences: readonly Fence[],
  holders: readonly (string | undefined)[],
): void {
  const place = kind === "acquire" && "place" in rest && rest.place?.ticket !== 0 ? rest.place : undefined;
  for (const each of fences) {
    if (place !== undefined) leaveLine(run, each, place);
    run.noteEmptied(each);
    if (!each.hasLine && each.buried + (ttlMs + fenceRetentionMs) * 1000 < fence) each.buried = 0;
    each.isRaised = each.highest < fence;
    each.highest = fence;
  }
  for (const [index, key] of keys.entries()) {
    try {
      // A repeat must not cut what an extend has lengthened meanwhile.
      if (holders[index] === undefined) run.set(key, token, ttlMs);
      else if (run.remaining(key) < ttlMs) run.endIn(key, ttlMs);
      if (fence > 0) run.raiseFence(fences[index]!, ttlMs + fenceRetentionMs);
    } catch (error) {
      if (error instanceof CommandError && error.message.startsWith("WRONGTYPE")) {
        const made = keys
          .slice(0, index + 1)
          .filter((each, at) => holders[at] === undefined && run.text(each) === token);
        for (const each of made) run.delete(each);
      }
      throw error;
    }
  }
}

function extend(run: ScriptRun, operation: ExtendOperation): Answer {
  const { keys, token, fence, ttlMs } = operation;
  const lost = keys.findIndex((key) => run.text(key) !== token);
  if (lost >= 0) return ["lost", lost];
  let isWanted = false;
  for (const key of keys) {
    const remainingMs = run.remaining(key);
    const lifeMs = Math.max(remainingMs, ttlMs);
    if (lifeMs !== remainingMs) run.endIn(key, lifeMs);
    const known = fence === 0 ? undefined : fenceIfAny(run, key);
    if (known === undefined) continue;
    if (fence <= run.latestFence) known.highest = Math.max(known.highest, fence);
    if (known.highest > 0) run.writeFence(known, lifeMs + operation.fenceRetentionMs);
    isWanted ||= known.hasLine && !run.isFree(lineKey(known.key));
  }
  return isWanted ? 2 : 1;
}

/** `undefined` where its key holds somebody else's data. */
function fenceIfAny(run: ScriptRun, key: string): Fence | undefined {
  if (run.text(fenceKey(key)) === undefined && !run.isFree(fenceKey(key))) return undefined;
  try {
    return run.fence(key);
  } catch {
    return undefined;
  }
}

function inspect(run: ScriptRun, keys: readonly string[]): Answer {
  const answer: (string | number)[] = ["holders"];
  for (const key of keys) {
    const token = run.token(key);
    const remainingMs = token === undefined ? 0 : run.remaining(key);
    run.token(fenceKey(key));
    const fence = run.fence(key);
    answer.push(token ?? "", remainingMs, fence.highest, fence.hasLine ? run.places(fence).length : 0);
    answer.push(holdersText(run, key, token));
  }
  return answer;
}
