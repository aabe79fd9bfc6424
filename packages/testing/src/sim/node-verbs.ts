/** What each of the lock's operations does on a node, and answers: the specification of the Lua files of these names. */
import {
  type AcquireOperation,
  type Answer,
  type ExtendOperation,
  fenceKey,
  type HealOperation,
  type LeaveOperation,
  type Operation,
  type ReleaseOperation,
} from "@quorate/redlock/node";

import { isBefore } from "./line-model.ts";
import type { ScriptRun } from "./script-run.ts";

/** What others are told of the token `<random>:<T>:<label>`; of what is none, the first 8 characters. */
function withoutSecret(token: string): string {
  const [, random = token, tail = ""] = /^(.*?)(:\d+:.*)$/s.exec(token) ?? [];
  return random.slice(0, 8) + tail.slice(0, 240);
}

/** Throws a `CommandError` where a command inside the script fails. */
export function execute(run: ScriptRun, operation: Operation): Answer {
  switch (operation.kind) {
    case "acquire":
    case "heal":
      return acquire(run, operation);
    case "extend":
      return extend(run, operation);
    case "release":
      return release(run, operation);
    case "leave":
      return leave(run, operation);
    case "inspect":
      return inspect(run, operation.keys);
  }
}

function acquire(run: ScriptRun, operation: AcquireOperation | HealOperation): Answer {
  const { keys, token, fence, ttlMs } = operation;
  if (fence > run.latestFence) {
    return ["error", `AHEAD the fencing token ${fence} is more than a day ahead of this node's clock`];
  }
  const known = run.highestFence(operation);
  const isStale = fence > 0 && (known > fence || (known === fence && operation.kind === "acquire"));
  const place = operation.kind === "acquire" ? operation.place : undefined;
  const lines = operation.kind === "acquire" && fence > 0 ? keys.map((key) => run.line(key, place?.waiter)) : [];
  const elderIndex = lines.findIndex((line) => line?.[0] !== undefined && !(place && isBefore(place, line[0])));
  // A single resource is taken by SET NX, which a full node refuses before it looks at the key.
  const isHigher = fence === 0 || known < fence;
  if (keys.length === 1 && isHigher && elderIndex < 0) run.requireMemory();
  const isOurs: boolean[] = [];
  for (const [index, key] of keys.entries()) {
    const holder = run.token(key);
    if (holder !== undefined && holder !== token) {
      const ahead = run.stand(keys, lines, place, index);
      return ["held", index, run.remaining(key), known, ahead, withoutSecret(holder)];
    }
    isOurs.push(holder === token);
  }
  const isRepeat = isOurs.every(Boolean);
  if (elderIndex >= 0 && !isRepeat) {
    const elder = lines[elderIndex]![0]!;
    run.announce(keys[elderIndex]!, elder.waiter, known);
    const ahead = run.stand(keys, lines, place, elderIndex);
    return ["held", elderIndex, elder.keptUntilMs - run.nowMs, known, ahead, ""];
  }
  if (isStale && !isRepeat) return ["stale", known];
  for (const [index, key] of keys.entries()) {
    // A repeat must not cut what an extend has lengthened meanwhile.
    if (isOurs[index] !== true) run.set(key, token, ttlMs);
    else if (run.remaining(key) < ttlMs) run.endIn(key, ttlMs);
    if (fence > 0) run.raiseFence(key, fence, ttlMs + operation.fenceRetentionMs);
    const line = lines[index];
    if (line !== undefined) run.writeLine(key, line);
  }
  return 1;
}

function extend(run: ScriptRun, operation: ExtendOperation): Answer {
  const { keys, token, fence, ttlMs } = operation;
  const lost = keys.findIndex((key) => run.keyspace.get(key, run.nowMs)?.text !== token);
  if (lost >= 0) return ["lost", lost];
  for (const key of keys) {
    const remainingMs = run.remaining(key);
    const lifeMs = Math.max(remainingMs, ttlMs);
    if (lifeMs !== remainingMs) run.endIn(key, lifeMs);
    const fenceLifeMs = lifeMs + operation.fenceRetentionMs;
    if (fence > 0 && run.remaining(fenceKey(key)) < fenceLifeMs) run.endIn(fenceKey(key), fenceLifeMs);
  }
  return 1;
}

function release(run: ScriptRun, operation: ReleaseOperation): Answer {
  const { keys, token, fence, bury, buryMs } = operation;
  let deletedCount = 0;
  for (const key of keys) {
    const isOurs = run.keyspace.get(key, run.nowMs)?.text === token;
    const [lines, place] = fence > 0 ? [[run.line(key, operation.place?.waiter)], operation.place] : [[], undefined];
    run.stand([key], lines, place, 0);
    if (isOurs) {
      run.keyspace.delete(key, run.nowMs);
      run.hasWritten = true;
      deletedCount += 1;
      const next = fence > 0 ? run.line(key)?.[0]?.waiter : undefined;
      const isOwn = next !== undefined && next === place?.waiter;
      if (!isOwn && (next !== undefined || operation.announce)) run.announce(key, next ?? "", fence);
    }
    if (fence > 0 && (bury || !isOurs)) run.bury(key, fence, buryMs);
  }
  return deletedCount;
}

function leave(run: ScriptRun, { keys, waiter }: LeaveOperation): Answer {
  for (const key of keys) {
    const places = run.line(key, waiter);
    if (places === undefined) continue;
    run.writeLine(key, places);
    const next = places[0];
    if (next !== undefined && run.keyspace.get(key, run.nowMs)?.text === undefined)
      run.announce(key, next.waiter, run.fence(key));
  }
  return 1;
}

function inspect(run: ScriptRun, keys: readonly string[]): Answer {
  const answer: (string | number)[] = ["holders"];
  for (const key of keys) {
    const token = run.token(key);
    const remainingMs = token === undefined ? 0 : run.remaining(key);
    answer.push(token ?? "", remainingMs, run.fence(key), run.line(key)?.length ?? 0);
  }
  return answer;
}
