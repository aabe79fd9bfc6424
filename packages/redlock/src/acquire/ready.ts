/** Waiting until locks can be taken, without taking one: what a process does before it says that it is ready. */
import { guardedForMs, refusalOf } from "../core/refusal.ts";
import { elapsedMs } from "../core/validity.ts";
import { acquireError } from "../errors/explain.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { NodeSet } from "../round/nodes.ts";
import { tryVotes } from "./trial.ts";

/** Between two looks, in milliseconds: nobody waits for these nodes who would not wait a moment more. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Resolves when a quorum would grant a lock. Rejects with what `acquire` would reject with when `request.call.waitMs` is
 * over, or its signal's reason. `makeRequest`: a resource that nobody else has, for each look.
 */
export async function whenReady(set: NodeSet, makeRequest: () => AcquireRequest): Promise<void> {
  const startedAt = set.runtime.readClocks();
  for (let roundCount = 1, pauseMs = FIRST_PAUSE_MS; ; roundCount++) {
    const request = makeRequest();
    const { waitMs, signal } = request.call;
    signal?.throwIfAborted();
    await set.whenJoined();
    const round = await tryVotes(set, request);
    const conflict = set.independence.refusal(set.quorum);
    const grantedCount = round.votes.filter((vote) => vote?.outcome === "granted").length;
    if (grantedCount >= set.quorum && conflict === undefined) return;
    const passedMs = elapsedMs(startedAt, set.runtime.readClocks());
    if (passedMs >= waitMs || conflict !== undefined) {
      const reason = conflict === undefined ? refusalOf(round.votes, set.nodes.length, set.quorum) : "not-independent";
      const { resources } = request;
      throw acquireError({
        resources,
        reason,
        detail: conflict ?? "",
        round: round.report(),
        roundCount,
        elapsedMs: passedMs,
        waitMs,
      });
    }
    const guardedMs = guardedForMs(round.votes, set.quorum);
    if (guardedMs !== undefined) set.quarantine.tellWait(guardedMs, round.votes);
    await pause(set, Math.min(guardedMs ?? pauseMs, LONGEST_PAUSE_MS, waitMs - passedMs), signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** Also ended by the signal, which is looked at afterwards. */
function pause(set: NodeSet, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = set.runtime.startTimer(delayMs, end);
    function end(): void {
      timer.cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    }
    signal?.addEventListener("abort", end, { once: true });
  });
}
