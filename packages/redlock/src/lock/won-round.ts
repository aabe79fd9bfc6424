/** What the votes of a round that was won say about each node. */
import type { ClockReading } from "../core/clock-reading.ts";
import { Holding } from "../core/holding.ts";
import type { Assurance } from "../core/validity.ts";
import type { Vote } from "../core/vote.ts";
import type { Round } from "./round.ts";

export function holdingFrom(
  round: Round,
  nodeCount: number,
  quorum: number,
  assured: Assurance,
  now: ClockReading,
): Holding {
  const holding = new Holding(nodeCount, quorum);
  for (let node = 0; node < nodeCount; node++) noteVote(holding, node, round.votes[node], assured, now);
  return holding;
}

/** A node that has not voted yet may hold the key, but is not relied on; its vote may be noted when it comes. */
export function noteVote(
  holding: Holding,
  node: number,
  vote: Vote | undefined,
  assured: Assurance,
  now: ClockReading,
): void {
  if (vote === undefined) holding.markMayHold(node);
  else if (vote.outcome === "granted") holding.confirm(node, assured, now);
  else if (vote.outcome === "refused" && vote.reason === "lost") holding.disown(node);
  else if (vote.outcome === "refused" || !vote.mayHold) holding.clearMayHold(node);
  else if (vote.reason === "restarted") holding.markDoubtful(node);
  else holding.markMayHold(node);
}
