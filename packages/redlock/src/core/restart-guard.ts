/**
 * A node that restarted may have forgotten a lock that is still valid elsewhere; with its vote a second quorum could
 * form. So its grants do not count until every lock that it could have forgotten has ended. The Redis documentation
 * asks the operator to keep a crashed node away for that long; here the lock does it.
 */
import type { NodeEvidence } from "./vote.ts";

/**
 * How long until this node's grants count, in milliseconds; 0 when they do. `guardMs` is the longest TTL that anyone
 * uses on the resource. A node that does not tell its age (no permission for INFO) counts: that is said in a warning.
 *
 * Twice the drift: once for the forgotten lock's clock, once for the node's own.
 */
export function quarantineMs(evidence: NodeEvidence, guardMs: number, driftFactor: number): number {
  if (guardMs === 0 || evidence.memoryAgeMs === undefined) return 0;
  return Math.max(0, guardMs * (1 + 2 * driftFactor) - evidence.memoryAgeMs);
}
