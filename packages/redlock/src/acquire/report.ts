/** What a caller is told of an acquire that was not won: why there is no lock yet, or none at all. */
import { heldForMs, holderOf, waitersAhead } from "../core/refusal.ts";
import { labelOf, shownToken } from "../core/token.ts";
import type { RedlockError } from "../errors/errors.ts";
import { acquireError } from "../errors/explain.ts";
import { queuedError } from "../errors/explain-own.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { LostRound } from "./attempt.ts";
import type { QueueAhead } from "./local-queue.ts";

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

/** What was tried until now. */
export interface Tries {
  readonly roundCount: number;
  readonly elapsedMs: number;
}

export function lostRoundError(
  { resources, call }: AcquireRequest,
  { reason, detail, round }: LostRound,
  tries: Tries,
): RedlockError {
  return acquireError({ resources, reason, detail, round: round.report(), ...tries, waitMs: call.waitMs });
}

/** What kept the first in line waiting kept everybody behind it waiting. */
export function lineError(
  request: AcquireRequest,
  { key, first, waitersAhead }: QueueAhead,
  tries: Tries,
): RedlockError {
  const failure = first.lastFailure as LostRound | undefined;
  if (failure !== undefined) return lostRoundError(request, failure, tries);
  const { resources, keys } = request;
  const resource = resources[keys.indexOf(key)]!;
  const heldForMs = first.holder?.remainingMs() ?? 0;
  const label = first.holder?.label;
  return queuedError({ resources, resource, heldForMs, label, waitersAhead, elapsedMs: tries.elapsedMs });
}
