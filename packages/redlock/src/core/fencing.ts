/**
 * Fencing tokens are proposed by the holder and checked by every node, which grants only what is higher than all it has
 * granted before. A later holder's quorum shares a node with every earlier one's, so its token is greater; counting on
 * each node and taking the maximum would not be monotonic.
 */

/** The wall clock in µs, or one more than the highest seen: so that a fleet whose memory is gone still goes upwards. */
export function proposeFence(wallMs: number, highestSeen: number): number {
  return Math.max(Math.floor(wallMs * 1000), highestSeen + 1);
}
