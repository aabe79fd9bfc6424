/**
 * Whether a node's vote counts. Every kind of round asks here, for every vote: acquire, extend and adopt, and those of
 * compat. A check made anywhere else, or before, would miss what the node forgot between that and its vote.
 */
import type { Holding } from "../core/holding.ts";
import { isAgeless, quarantineMs } from "../core/restart-guard.ts";
import { ageless, quarantined, uncounted } from "../core/uncounted.ts";
import type { Vote } from "../core/vote.ts";
import type { NodeSet } from "./nodes.ts";

/**
 * The vote as it counts. `guardMs`: see core/restart-guard.ts. `holding`: of a lock that is held already; a node that it
 * relies on counts for as long as it has forgotten nothing.
 */
export function admit(set: NodeSet, guardMs: number, node: number, vote: Vote, holding?: Holding): Vote {
  const { evidence } = vote;
  if (evidence === undefined) return vote;
  const conflict = set.identify(node, evidence);
  if (conflict !== undefined) return uncounted(vote, "error", conflict);
  return guard(set, [guardMs, set.options.driftFactor], node, vote, holding);
}

/** The same for who takes several databases of one server for nodes, and was told so. */
export function guard(
  set: NodeSet,
  [guardMs, driftFactor]: readonly [number, number],
  node: number,
  vote: Vote,
  holding?: Holding,
): Vote {
  if (vote.outcome !== "granted" || holding?.reliesOn(node, vote.evidence)) return vote;
  const quarantinedForMs = quarantineMs(vote.evidence, guardMs, driftFactor);
  set.noteQuarantine(node, quarantinedForMs);
  if (quarantinedForMs === 0) return vote;
  return isAgeless(vote.evidence) ? ageless(vote) : quarantined(vote, quarantinedForMs);
}
