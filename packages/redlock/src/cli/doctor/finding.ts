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
  /** The remedy as lines for a shell, which work as they stand. redis-cli takes a password from REDISCLI_AUTH. */
  readonly commands?: readonly string[];
}

interface Said extends Omit<Finding, "nodes" | "commands"> {
  /** What to say to each of the nodes with redis-cli. */
  readonly redisCommand?: string | undefined;
}

/** One finding for all nodes of which something is so; none where there is no such node. */
export function about(nodes: readonly NodeFacts[], isSo: (facts: NodeFacts) => boolean, said: Said): Finding[] {
  const those = nodes.filter(isSo);
  if (those.length === 0) return [];
  const { redisCommand, ...finding } = said;
  const commands = redisCommand === undefined ? {} : { commands: those.map((facts) => toNode(facts, redisCommand)) };
  return [{ ...finding, nodes: those.map(({ node }) => node), ...commands }];
}

/** A line for a shell. `redisCommand`: quoted already. */
export function toNode({ cliArguments }: NodeFacts, redisCommand: string): string {
  return `redis-cli ${cliArguments} ${redisCommand}`;
}

/** A cause's remedy, which is the end of a sentence elsewhere. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
