/**
 * A node that lost its memory may have forgotten a lock that is still valid elsewhere; with its vote a second quorum could
 * form. So its grants do not count until every lock that it could have forgotten has ended. The Redis documentation
 * asks the operator to keep a crashed node away for that long; here the lock does it.
 */
import type { NodeEvidence } from "./vote.ts";

/**
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
export function isAgeless({ life, memoryAgeMs }: NodeEvidence): boolean {
  return life === "" && memoryAgeMs === 0;
}
