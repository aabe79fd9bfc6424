/** What the votes of a round that was won say about each node. */
import type { ClockReading } from "../core/clock-reading.ts";
import { Holding } from "../core/holding.ts";
import type { Assurance } from "../core/validity.ts";
import type { Round } from "./round.ts";

/** A node that has not voted yet may hold the key, but is not relied on. */
export function holdingFrom(
  round: Round,
  nodeCount: number,
  quorum: number,
  assured: Assurance,
  now: ClockReading,
): Holding {
  const holding = new Holding(nodeCount, quorum);
  for (let node = 0; node < nodeCount; node++) {
    const vote = round.votes[node];
    if (vote === undefined) holding.markMayHold(node);
    else if (vote.outcome === "granted") holding.confirm(node, assured, now);
    else if (vote.outcome === "refused" && vote.reason === "lost") holding.disown(node);
    else if (vote.outcome === "unknown" && vote.reason === "restarted") holding.markDoubtful(node);
    else if (vote.outcome === "unknown" && vote.mayHold) holding.markMayHold(node);
  }
  return holding;
}
