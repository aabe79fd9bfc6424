/** What the verbs on a node share: a refusal, and what others are told of a token. */
import type { AcquireOperation, Answer, HealOperation, LineRank } from "@quorate/redlock/node";

import type { Fence } from "./fence-model.ts";
import { placeFor } from "./node-line.ts";
import { CommandError, type ScriptRun } from "./script-run.ts";

/** Gives a free key to the first who waits for it, or calls; see node-release.ts. */
export type HandOver = (
  run: ScriptRun,
  key: string,
  fence: Fence,
  ended: number,
  following: LineRank | undefined,
  isOneCalled?: boolean,
) => { readonly isTold: boolean; readonly fenceLifeMs?: number };

/** What others are told of the token `<random>:<T>:<label>`; of what is none, the first 8 characters. */
export function withoutSecret(token: string): string {
  const [, random = token, tail = ""] = /^(.*?)(:\d+:.*)$/s.exec(token) ?? [];
  return random.slice(0, 8) + tail.slice(0, 240);
}

/** Stands in every line, if it has a rank. */
export function refuse(
  run: ScriptRun,
  operation: AcquireOperation | HealOperation,
  fences: readonly Fence[],
  index: number,
  remainingMs: number,
  holder: string,
): Answer {
  const place = operation.kind === "acquire" ? placeFor(run, operation) : undefined;
  let ahead = -1;
  for (const [at, fence] of fences.entries()) {
    const before = place === undefined ? -1 : run.stand(fence, place);
    if (at === index) ahead = before;
  }
  const highest = Math.max(0, ...fences.map((fence) => fence.highest));
  return ["held", index, remainingMs, highest, ahead, holder, run.nowMs * 1000];
}

/** Without memory a late acquire is refused for the same reason as its tombstone. */
export function keepFence(run: ScriptRun, fence: Fence, lifeMs: number): void {
  try {
    run.writeFence(fence, lifeMs);
  } catch (error) {
    if (!(error instanceof CommandError) || !error.message.startsWith("OOM")) throw error;
  }
}
