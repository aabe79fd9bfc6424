/**
 * Whether a node's vote counts. Every kind of round asks here, for every vote: acquire, extend and adopt, and those of
 * compat. A check made anywhere else, or before, would miss what the node forgot between that and its vote.
 */
import type { Holding } from "../core/holding.ts";
import { ageless, quarantined, uncounted } from "../core/uncounted.ts";
import type { NodeEvidence, Vote } from "../core/vote.ts";
import type { NodeSet } from "./nodes.ts";

/**
 * The vote as it counts. `guardMs`: see `quarantineMs`. `holding`: of a lock that is held already; a node that it
 * relies on counts for as long as it has forgotten nothing.
 */
export function admit(set: NodeSet, guardMs: number, node: number, vote: Vote, holding?: Holding): Vote {
  const { evidence } = vote;
  if (evidence === undefined) return vote;
  const conflict = set.independence.identify(node, evidence);
  if (conflict !== undefined) return uncounted(vote, "error", conflict);
  return guard(set, [guardMs, set.options.driftFactor], node, vote, holding);
}

/** The same for a vote on an acquire: what it tells of the node, and of fencing tokens, is remembered. */
export function admitAcquire(set: NodeSet, guardMs: number, node: number, vote: Vote, isInTime: boolean): Vote {
  const counted = admit(set, guardMs, node, vote);
  const isNews = counted.outcome !== "granted" || set.journal.refusals[node] !== undefined;
  if (isNews) set.standings.noteVote(node, counted, isInTime);
  set.fences.noteVote(counted);
  return counted;
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
  const { quarantine } = set;
  if (quarantinedForMs > 0 || quarantine.isIn[node] === true) quarantine.note(node, quarantinedForMs);
  if (quarantinedForMs === 0) return vote;
  return isAgeless(vote.evidence) ? ageless(vote) : quarantined(vote, quarantinedForMs);
}

/**
 * A node that lost its memory may have forgotten a lock that is still valid elsewhere; with its vote a second quorum could
 * form. So its grants do not count until every lock that it could have forgotten has ended. The Redis documentation
 * asks the operator to keep a crashed node away for that long; here the lock does it.
 *
 * How long until this node's grants count, in milliseconds; 0 when they do. `guardMs` is the longest TTL that anyone
 * uses on the resource; 0 switches the guard off. A node that cannot tell its age (no permission for INFO) counts: that is
 * said in a warning.
 *
 * Twice the drift: once for the forgotten lock's clock, once for the node's own.
 */
export function quarantineMs({ memoryAgeMs }: NodeEvidence, guardMs: number, driftFactor: number): number {
  return guardMs === 0 ? 0 : Math.max(0, guardMs * (1 + 2 * driftFactor) - memoryAgeMs);
}

/** Whether it is the node itself that has no age, and so will not count however long one waits. */
function isAgeless({ life, memoryAgeMs }: NodeEvidence): boolean {
  return life === "" && memoryAgeMs === 0;
}
