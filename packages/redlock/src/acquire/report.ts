/** What is told of each round of an acquire: the lock that was won, or why there is none yet. */
import { heldForMs, holderOf, waitersAhead } from "../core/refusal.ts";
import { labelOf, shownToken } from "../core/token.ts";
import type { HeldLock } from "../lock/held-lock.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { LostRound } from "./attempt.ts";

/** `elapsedMs`: since the call; `roundCount`: how many tries there were, this one included. */
export function reportAcquired(heldLock: HeldLock, elapsedMs: number, roundCount: number): void {
  const { set, request, fencingToken } = heldLock;
  set.reporter.meter.acquired(elapsedMs);
  set.reporter.report("acquired", () => ({ resources: request.resources, fencingToken, elapsedMs, roundCount }));
}

/** `roundCount`: how many tries there were, this one included. */
export function reportLostRound(
  { reporter, nodes, quorum }: NodeSet,
  { resources }: AcquireRequest,
  { reason, round }: LostRound,
  roundCount: number,
): void {
  if (reason === "not-independent" || reason === "abandoned") return;
  reporter.meter.roundFailed(reason);
  reporter.report("roundFailed", () => {
    const holder = holderOf(round.votes);
    return {
      resources,
      reason,
      refusedBy: nodes.flatMap(({ name }, index) => (round.votes[index]?.outcome === "refused" ? name : [])),
      remainingMs: reason === "held" ? heldForMs(round.votes, quorum) : undefined,
      holder: holder === undefined ? undefined : shownToken(holder),
      label: holder === undefined ? undefined : labelOf(holder),
      waitersAhead: waitersAhead(round.votes),
      roundCount,
    };
  });
}
