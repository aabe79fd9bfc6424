/** What doctor says about the nodes. */
import type { NodeFacts } from "./facts.ts";

/**
 * - error: what the lock promises is broken now, or no lock can be taken.
 * - warning: one fault, or one slip of a hand, away from that.
 * - notice: good to know.
 */
export type Severity = "error" | "warning" | "notice";

export interface Finding {
  readonly severity: Severity;
  /** Stable, e.g. "SAME_SERVER". */
  readonly code: string;
  /** Whom it is about; empty: all of them together. */
  readonly nodes: readonly string[];
  /** What is so, and what could go wrong. */
  readonly problem: string;
  readonly remedy: string;
}

/** One finding for all nodes of which something is so; none where there is no such node. */
export function about(
  nodes: readonly NodeFacts[],
  isSo: (facts: NodeFacts) => boolean,
  finding: Omit<Finding, "nodes">,
): Finding[] {
  const names = nodes.filter(isSo).map(({ node }) => node);
  return names.length === 0 ? [] : [{ ...finding, nodes: names }];
}
