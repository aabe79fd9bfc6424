/** Errors for people: which node said what, and what to do now. */
import { isHeld, type Vote } from "../core/vote.ts";
import {
  LockHandedOverError,
  LockLostError,
  NotIndependentError,
  QuorumUnavailableError,
  ResourceLockedError,
  RedlockError,
  type NodeVote,
} from "./errors.ts";
import type { LostRound } from "../acquire/attempt.ts";
import type { NodeSet } from "../round/nodes.ts";
import { remediesFor } from "./remedies.ts";
import type { Round } from "../round/round.ts";
import {
  firstCause,
  guardedForMs,
  heldForMs,
  isKeptForOthers,
  isOutrun,
  listVotes,
  mostHeld,
  nodeVotes,
} from "./node-votes.ts";

/** How an acquire that gave up is reported. */
export interface GivenUp {
  readonly resources: readonly string[];
  readonly failure: LostRound;
  readonly roundCount: number;
  readonly elapsedMs: number;
  readonly waitMs: number;
}

/** What `acquire` rejects with. */
export function acquireError(set: NodeSet, givenUp: GivenUp): RedlockError {
  const { failure, resources } = givenUp;
  const details = { resources, votes: nodeVotes(set, failure.round), cause: firstCause(failure.round) };
  switch (failure.reason) {
    case "not-independent":
      return notIndependentError(failure.detail, details);
    case "too-late":
      return new QuorumUnavailableError(
        `${name(resources)}: ${failure.detail}, so it was rolled back (${tries(givenUp)}). The nodes answered, or this ` +
          `process ran, too slowly for this TTL: use a longer ttlMs, or find out what kept them. ${listVotes(details.votes)}`,
        details,
        "TOO_LATE",
      );
    case "held":
      return lockedError(set, givenUp, details);
    default:
      return unavailableError(set, givenUp, details);
  }
}

interface Details {
  readonly resources: readonly string[];
  readonly votes: readonly NodeVote[];
  readonly cause: unknown;
}

function notIndependentError(conflict: string, details: Details): RedlockError {
  return new NotIndependentError(
    `The nodes are not independent: ${conflict}. A quorum lock needs masters that fail separately; ` +
      `give Redlock one client for each of them.`,
    details,
  );
}

function lockedError(set: NodeSet, givenUp: GivenUp, details: Details): RedlockError {
  const { round } = givenUp.failure;
  const index = mostHeld(round.votes);
  const resource = details.resources[index]!;
  const heldCount = round.votes.filter((vote) => isHeld(vote) && vote.resourceIndex === index).length;
  const remainingMs = heldForMs(round, set.quorum);
  const refusals = `${heldCount} of ${set.nodes.length} nodes refused`;
  if (isKeptForOthers(round)) {
    return new ResourceLockedError(
      `${JSON.stringify(resource)} is free, but others wait in line before: ${refusals} (${tries(givenUp)}). Wait longer ` +
        `(waitMs), or let fewer callers compete for it.`,
      details,
      resource,
      remainingMs,
    );
  }
  const howLong = remainingMs === Infinity ? "with no TTL" : `for at most ${remainingMs} ms unless extended`;
  return new ResourceLockedError(
    `${JSON.stringify(resource)} is held by someone else: ${refusals}, ` +
      `${howLong} (${tries(givenUp)}). Wait longer (waitMs), try again later, or see who holds it with ` +
      `inspect(${JSON.stringify(resource)}).`,
    details,
    resource,
    remainingMs,
  );
}

function unavailableError(set: NodeSet, { failure, ...givenUp }: GivenUp, details: Details): RedlockError {
  const { votes } = failure.round;
  const nodeCount = set.nodes.length;
  const count = (matches: (vote: Vote | undefined) => boolean) =>
    set.nodes.filter((_, at) => matches(votes[at])).length;
  const missingCount = count((vote) => vote?.outcome === "unknown" && !isOutrun(vote));
  const grantedCount = count((vote) => vote?.outcome === "granted");
  const why =
    missingCount > nodeCount - set.quorum
      ? `${missingCount} of ${nodeCount} nodes could not vote`
      : `${grantedCount} of ${nodeCount} nodes granted`;
  const guardMs = guardedForMs(failure.round, set.quorum);
  const guarded = guardMs === undefined ? "" : guardRemedy(guardMs, givenUp);
  return new QuorumUnavailableError(
    `No quorum for ${name(details.resources)}: ${why}, ${set.quorum} votes are needed (${tries(givenUp)}). ` +
      leftBehind(votes) +
      remediesFor(votes) +
      guarded +
      listVotes(details.votes),
    details,
  );
}

/** What became of the keys that were set; a node that told who it is was there to be rolled back. */
function leftBehind(votes: LostRound["round"]["votes"]): string {
  const isSilent = (vote: Vote | undefined) =>
    vote?.outcome === "unknown" && vote.mayHold && vote.evidence === undefined;
  if (votes.some(isSilent)) return "What was granted is rolled back, on silent nodes when they answer or by the TTL. ";
  return votes.some((vote) => vote?.outcome === "granted") ? "What was granted is rolled back. " : "";
}

/** The guard does what it is there for: there is something to wait for, or to set. */
function guardRemedy(guardMs: number, { waitMs }: Pick<GivenUp, "waitMs">): string {
  const seconds = Math.ceil(guardMs / 100) / 10;
  return (
    `A quorum counts again in ${seconds} s, for which waitMs (${waitMs}) was too short: wait longer, or set restartGuardMs ` +
    `to the longest TTL in use, or durableNodes where a restart forgets nothing. `
  );
}

/** The time was over before the caller was first in this process's line for one of its resources. */
export interface Queued {
  readonly resources: readonly string[];
  readonly resource: string;
  /** 0 while the first in line has no lock yet. */
  readonly heldForMs: number;
  readonly waitersAhead: number;
  readonly elapsedMs: number;
}

export function queuedError({ resources, resource, heldForMs, waitersAhead, elapsedMs }: Queued): RedlockError {
  const subject = JSON.stringify(resource);
  const after = `after ${Math.round(elapsedMs)} ms`;
  const othersCount = heldForMs > 0 ? waitersAhead - 1 : waitersAhead;
  const others = `${othersCount} ${othersCount === 1 ? "caller" : "callers"} of this process`;
  const held =
    `${subject} was still held by this process ${after}, and is for at most ${Math.ceil(heldForMs)} ms more unless ` +
    `extended${othersCount === 0 ? "" : `; ${others} stood in between`}`;
  return new ResourceLockedError(
    `${heldForMs > 0 ? held : `${subject}: ${others} stood in line before, still ${after}`}. Wait longer (waitMs), let ` +
      `fewer callers compete for it, or set reentrant where a caller waits for a lock that it holds itself.`,
    { resources, votes: [] },
    resource,
    heldForMs,
  );
}

/** For what waits when its `Redlock` is closed, and for what is asked of it later. */
export function closedError(resources: readonly string[]): RedlockError {
  const message = `${name(resources)} was not locked: this Redlock was closed, and takes no more locks.`;
  return new RedlockError("CLOSED", message, { resources, votes: [] });
}

export function releaseError(set: NodeSet, resources: readonly string[], round: Round): RedlockError {
  const votes = nodeVotes(set, round);
  return new QuorumUnavailableError(
    `Released ${name(resources)}, but fewer than ${set.quorum} of ${set.nodes.length} nodes confirmed it. On the others ` +
      `it ends when they are back, or by its TTL. ${listVotes(votes)}`,
    { resources, votes, cause: firstCause(round) },
  );
}

export function extendError(set: NodeSet, resources: readonly string[], round: Round, leftMs: number): RedlockError {
  const votes = nodeVotes(set, round);
  return new QuorumUnavailableError(
    `${name(resources)} was not extended: fewer than ${set.quorum} of ${set.nodes.length} nodes confirmed. It is still ` +
      `held for ${Math.floor(leftMs)} ms; extend again before that. ${listVotes(votes)}`,
    { resources, votes, cause: firstCause(round) },
  );
}

export function adoptError(set: NodeSet, resources: readonly string[], round: Round): RedlockError {
  const votes = nodeVotes(set, round);
  const { conflict } = set.independence;
  if (conflict !== undefined) return notIndependentError(conflict, { resources, votes, cause: undefined });
  const lostCount = votes.filter((vote) => vote.reason === "lost").length;
  if (set.nodes.length - lostCount < set.quorum) {
    return lostError(resources, undefined, "its keys are gone or someone else's on too many nodes to adopt it", votes);
  }
  const isTooLate = round.decision === "won";
  const why = isTooLate
    ? "a quorum confirmed the token, but too late to leave any validity"
    : `fewer than ${set.quorum} of ${set.nodes.length} nodes confirmed the token`;
  return new QuorumUnavailableError(
    `${name(resources)} was not adopted: ${why}. Its keys live on until their TTL: adopt it again before that, or let ` +
      `it end. ${listVotes(votes)}`,
    { resources, votes, cause: firstCause(round) },
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
    `The lock on ${name(resources)} was lost: ${why}. Someone else may hold it from now on: stop writing${token}.` +
      (votes.length === 0 ? "" : ` ${listVotes(votes)}`),
    { resources, votes },
  );
}

/** What every handle says of a lock that lives on elsewhere. */
export function handedOverError(resources: readonly string[]): LockHandedOverError {
  return new LockHandedOverError(
    `The lock on ${name(resources)} was handed over: whoever adopts it holds it, and this handle holds nothing any more. ` +
      "Stop writing. To go on here, adopt it here.",
    { resources, votes: [] },
  );
}

/** What a handle says that was released, when it is asked for more. */
export function releasedError(resources: readonly string[]): LockLostError {
  return new LockLostError(
    `This handle of the lock on ${name(resources)} was released, and holds nothing any more. To go on, acquire again.`,
    { resources, votes: [] },
  );
}

function tries({ roundCount, elapsedMs }: Pick<GivenUp, "roundCount" | "elapsedMs">): string {
  return `${roundCount} ${roundCount === 1 ? "round" : "rounds"} in ${Math.round(elapsedMs)} ms`;
}

function name(resources: readonly string[]): string {
  return resources.map((resource) => JSON.stringify(resource)).join(", ");
}
