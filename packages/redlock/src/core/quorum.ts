/** How many of `nodeCount` nodes must grant: a strict majority, so that any two quorums share a node. */
export function quorumOf(nodeCount: number): number {
  return Math.floor(nodeCount / 2) + 1;
}

/** "lost" means that the quorum can no longer be reached, not that everybody has answered. */
export type Decision = "pending" | "won" | "lost";

/** With four nodes a 2-2 tie is lost: neither side has three. */
export function decide(nodeCount: number, quorum: number, grantedCount: number, otherCount: number): Decision {
  if (grantedCount >= quorum) return "won";
  return nodeCount - otherCount < quorum ? "lost" : "pending";
}

/** For people; `undefined` where the count is odd. */
export function warnOfEvenCount(nodeCount: number): string | undefined {
  if (nodeCount % 2 === 1) return undefined;
  const fewer = nodeCount - 1;
  return (
    `${nodeCount} nodes survive the loss of no more nodes than ${fewer} do, and are more likely to lose one: ` +
    `use ${fewer} or ${nodeCount + 1} nodes.`
  );
}
