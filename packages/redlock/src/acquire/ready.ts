/** Waiting until locks can be taken, without taking one: what a process does before it says that it is ready. */
import { guardedForMs, refusalOf } from "../core/refusal.ts";
import { elapsedMs } from "../core/validity.ts";
import { acquireError } from "../errors/explain.ts";
import { closedError } from "../errors/explain-own.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import { whenAborted } from "../runtime/abort.ts";
import { sleep } from "../runtime/sleep.ts";
import type { AcquireContext } from "./context.ts";
import { tryVotes } from "./trial.ts";

/** Between two looks, in milliseconds: nobody waits for these nodes who would not wait a moment more. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Resolves when a quorum would grant a lock. Rejects with what `acquire` would reject with when `request.call.waitMs` is
 * over, or the `Redlock` is closed, or with its signal's reason. `makeRequest`: a resource that nobody else has, for each look.
 */
export async function whenReady(context: AcquireContext, makeRequest: () => AcquireRequest): Promise<void> {
  const { set } = context;
  const startedAt = set.runtime.readClocks();
  for (let roundCount = 1, pauseMs = FIRST_PAUSE_MS; ; roundCount++) {
    const request = makeRequest();
    const { waitMs, signal } = request.call;
    const throwIfOver = (): void => {
      signal?.throwIfAborted();
      if (context.isClosed) throw closedError(request.resources);
    };
    throwIfOver();
    await set.whenJoined();
    throwIfOver();
    const round = await tryVotes(set, request);
    throwIfOver();
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
    await pause(context, Math.min(guardedMs ?? pauseMs, LONGEST_PAUSE_MS, waitMs - passedMs), signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** Also ended by the signal, and by `close()`, which are looked at afterwards. */
async function pause(
  { set, followers }: AcquireContext,
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pausing = sleep(set.runtime, delayMs);
  const follower = { close: () => pausing.wake() };
  const unwatch = signal && whenAborted(signal, () => pausing.wake());
  followers.add(follower);
  await pausing.over;
  followers.delete(follower);
  unwatch?.();
}
