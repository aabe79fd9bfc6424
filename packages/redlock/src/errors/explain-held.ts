/** Errors of a lock that was held, for people: released, extended, adopted, lost. */
import {
  LockHandedOverError,
  LockLostError,
  QuorumUnavailableError,
  type NodeVote,
  type RedlockError,
} from "./errors.ts";
import { notIndependentError } from "./explain.ts";
import { firstCause, listVotes, nodeVotes, type RoundReport } from "./node-votes.ts";
import { listNames } from "./quote.ts";

export function releaseError(resources: readonly string[], round: RoundReport): RedlockError {
  const votes = nodeVotes(round);
  return new QuorumUnavailableError(
    `Released ${listNames(resources)}, but fewer than ${round.quorum} of ${round.nodeNames.length} nodes confirmed it. On the others ` +
      `it ends when they are back, or by its TTL. ${listVotes(votes)}`,
    { resources, votes, cause: firstCause(round.votes) },
  );
}

export function extendError(resources: readonly string[], round: RoundReport, leftMs: number): RedlockError {
  const votes = nodeVotes(round);
  return new QuorumUnavailableError(
    `${listNames(resources)} was not extended: fewer than ${round.quorum} of ${round.nodeNames.length} nodes confirmed. It is still ` +
      `held for ${Math.floor(leftMs)} ms; extend again before that. ${listVotes(votes)}`,
    { resources, votes, cause: firstCause(round.votes) },
  );
}

/** `conflict`: why the nodes are not independent. `isTooLate`: a quorum confirmed, but no validity was left. */
export function adoptError(
  resources: readonly string[],
  round: RoundReport,
  { conflict, isTooLate }: { readonly conflict: string | undefined; readonly isTooLate: boolean },
): RedlockError {
  const nodeCount = round.nodeNames.length;
  const votes = nodeVotes(round);
  if (conflict !== undefined) return notIndependentError(conflict, { resources, votes, cause: undefined });
  const lostCount = votes.filter((vote) => vote.reason === "lost").length;
  if (nodeCount - lostCount < round.quorum) {
    return lostError(resources, undefined, "its keys are gone or someone else's on too many nodes to adopt it", votes);
  }
  const why = isTooLate
    ? "a quorum confirmed the token, but too late to leave any validity"
    : `fewer than ${round.quorum} of ${round.nodeNames.length} nodes confirmed the token`;
  return new QuorumUnavailableError(
    `${listNames(resources)} was not adopted: ${why}. Its keys live on until their TTL: adopt it again before that, or let ` +
      `it end. ${listVotes(votes)}`,
    { resources, votes, cause: firstCause(round.votes) },
    isTooLate ? "TOO_LATE" : "QUORUM_UNAVAILABLE",
  );
}

export function lostError(
  resources: readonly string[],
  fencingToken: number | undefined,
  why: string,
  votes: readonly NodeVote[],
): LockLostError {
  const token =
    fencingToken === undefined
      ? ""
      : `; a store that checks fencing tokens refuses ${fencingToken} once it has seen a higher one`;
  return new LockLostError(
    `The lock on ${listNames(resources)} was lost: ${why}. Someone else may hold it from now on: stop writing${token}.` +
      (votes.length === 0 ? "" : ` ${listVotes(votes)}`),
    { resources, votes },
  );
}

/** What every handle says of a lock that lives on elsewhere. */
export function handedOverError(resources: readonly string[]): LockHandedOverError {
  return new LockHandedOverError(
    `The lock on ${listNames(resources)} was handed over: whoever adopts it holds it, and this handle holds nothing any more. ` +
      "Stop writing. To go on here, adopt it here.",
    { resources, votes: [] },
  );
}

/** What a handle says that was released, when it is asked for more. */
export function releasedError(resources: readonly string[]): LockLostError {
  return new LockLostError(
    `This handle of the lock on ${listNames(resources)} was released, and holds nothing any more. To go on, acquire again.`,
    { resources, votes: [] },
  );
}
