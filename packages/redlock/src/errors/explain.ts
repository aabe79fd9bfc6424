/** Errors of an acquire for people: which node said what, and what to do now. */
import {
  guardedForMs,
  heldForMs,
  holderOf,
  isKeptForOthers,
  isOutrun,
  modeOf,
  mostHeld,
  type Votes,
} from "../core/refusal.ts";
import { labelOf } from "../core/token.ts";
import { isHeld, type Vote } from "../core/vote.ts";
import {
  NotIndependentError,
  QuorumUnavailableError,
  ResourceLockedError,
  type RedlockError,
  type NodeVote,
} from "./errors.ts";
import { firstCause, listVotes, nodeVotes, type RoundReport } from "./node-votes.ts";
import { listNames } from "./quote.ts";
import { remediesFor } from "./remedies.ts";

/** How an acquire that gave up is reported. */
export interface GivenUp {
  readonly resources: readonly string[];
  /** Why the last round was lost. */
  readonly reason: "held" | "stale" | "split" | "unavailable" | "too-late" | "not-independent" | "abandoned";
  /** In words, for what the votes do not say. */
  readonly detail: string;
  readonly round: RoundReport;
  readonly roundCount: number;
  readonly elapsedMs: number;
  readonly waitMs: number;
}

/** Nobody can know, without `reentrant`, whether the caller is one of those who share it. */
const HELD_BY = {
  exclusive: "held by someone else",
  shared: "shared by others (perhaps by the caller itself)",
  permits: "taken: too few permits are left",
};

/** What `acquire` rejects with. */
export function acquireError(givenUp: GivenUp): RedlockError {
  const { resources, reason, detail, round } = givenUp;
  const details = { resources, votes: nodeVotes(round), cause: firstCause(round.votes) };
  switch (reason) {
    case "not-independent":
      return notIndependentError(detail, details);
    case "too-late":
      return new QuorumUnavailableError(
        `${listNames(resources)}: ${detail}, so it was rolled back (${tries(givenUp)}). The nodes answered, or this ` +
          `process ran, too slowly for this TTL: use a longer ttlMs, or find out what kept them. ${listVotes(details.votes)}`,
        details,
        "TOO_LATE",
      );
    case "held":
      return lockedError(givenUp, details);
    case "split":
      return splitError(givenUp, details);
    default:
      return unavailableError(givenUp, details);
  }
}

/** What every error of a round carries. */
export interface Details {
  readonly resources: readonly string[];
  readonly votes: readonly NodeVote[];
  readonly cause: unknown;
}

export function notIndependentError(conflict: string, details: Details): RedlockError {
  return new NotIndependentError(
    `The nodes are not independent: ${conflict}. A quorum lock needs masters that fail separately; ` +
      `give Redlock one client for each of them.`,
    details,
  );
}

/** A quorum gave permits, but not the same. */
function splitError(givenUp: GivenUp, details: Details): RedlockError {
  const resource = details.resources[0]!;
  return new ResourceLockedError(
    `${JSON.stringify(resource)}: others take permits at the same time, and the nodes gave different ones ` +
      `(${tries(givenUp)}). Wait longer (waitMs), or try again.`,
    details,
    resource,
    0,
    undefined,
    "permits",
  );
}

function lockedError(givenUp: GivenUp, details: Details): RedlockError {
  const { votes, quorum, nodeNames } = givenUp.round;
  const index = mostHeld(votes);
  const resource = details.resources[index]!;
  const heldCount = votes.filter((vote) => isHeld(vote) && vote.resourceIndex === index).length;
  const remainingMs = heldForMs(votes, quorum);
  const refusals = `${heldCount} of ${nodeNames.length} nodes refused`;
  if (isKeptForOthers(votes)) {
    return new ResourceLockedError(
      `${JSON.stringify(resource)} is free, but others wait in line before: ${refusals} (${tries(givenUp)}). Wait longer ` +
        `(waitMs), or let fewer callers compete for it.`,
      details,
      resource,
      remainingMs,
    );
  }
  const howLong = remainingMs === Infinity ? "with no TTL" : `for at most ${remainingMs} ms unless extended`;
  const holder = holderOf(votes);
  const label = holder === undefined ? undefined : labelOf(holder);
  return new ResourceLockedError(
    `${JSON.stringify(resource)} is ${HELD_BY[modeOf(votes) ?? "exclusive"]}${label === undefined ? "" : ` (${label})`}: ${refusals}, ` +
      `${howLong} (${tries(givenUp)}). Wait longer (waitMs), try again later, or see who holds it with ` +
      `inspect(${JSON.stringify(resource)}).`,
    details,
    resource,
    remainingMs,
    label,
    modeOf(votes),
  );
}

function unavailableError(givenUp: GivenUp, details: Details): RedlockError {
  const { votes, quorum, nodeNames } = givenUp.round;
  const nodeCount = nodeNames.length;
  const count = (matches: (vote: Vote | undefined) => boolean) =>
    nodeNames.filter((_, at) => matches(votes[at])).length;
  const missingCount = count((vote) => vote?.outcome === "unknown" && !isOutrun(vote));
  const grantedCount = count((vote) => vote?.outcome === "granted");
  const why =
    missingCount > nodeCount - quorum
      ? `${missingCount} of ${nodeCount} nodes could not vote`
      : `${grantedCount} of ${nodeCount} nodes granted`;
  const guardMs = guardedForMs(votes, quorum);
  const guarded = guardMs === undefined ? "" : guardRemedy(guardMs, givenUp);
  return new QuorumUnavailableError(
    `No quorum for ${listNames(details.resources)}: ${why}, ${quorum} votes are needed (${tries(givenUp)}). ` +
      leftBehind(votes) +
      remediesFor(votes, nodeNames) +
      guarded +
      listVotes(details.votes),
    details,
  );
}

/** What became of the keys that were set; a node that told who it is was there to be rolled back. */
function leftBehind(votes: Votes): string {
  const isSilent = (vote: Vote | undefined) =>
    vote?.outcome === "unknown" && vote.mayHold && vote.evidence === undefined;
  if (votes.some(isSilent)) return "What was granted is rolled back, on silent nodes when they answer or by the TTL. ";
  return votes.some((vote) => vote?.outcome === "granted") ? "What was granted is rolled back. " : "";
}

/** The guard does what it is there for: it is known when it ends. One try has no `waitMs` that could be longer. */
function guardRemedy(guardMs: number, { waitMs }: Pick<GivenUp, "waitMs">): string {
  const seconds = Math.ceil(guardMs / 100) / 10;
  const longer = waitMs === 0 ? "try again then" : `wait longer than waitMs (${waitMs}), or try again then`;
  return (
    `The restart guard lets a quorum count in ${seconds} s: ${longer}. (Where a restart forgets nothing, because every ` +
    "node syncs every write, durableNodes: true says so; in tests restartGuardMs: 0.) "
  );
}

function tries({ roundCount, elapsedMs }: Pick<GivenUp, "roundCount" | "elapsedMs">): string {
  return `${roundCount} ${roundCount === 1 ? "round" : "rounds"} in ${Math.round(elapsedMs)} ms`;
}
