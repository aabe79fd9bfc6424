/** What makes a quorum: a strict majority of nodes, each a master and a server of its own. */
import type { NodeEvidence } from "./vote.ts";

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

/**
 * Whether the nodes are what a quorum needs: masters, each another server. Counting one server twice makes a quorum of
 * fewer machines than it says, and a replica knows only what its master has sent.
 *
 * Each vote tells who gave it. But a round is decided by the first votes, and the one that shows a twin could always be
 * the last: so the first lock is handed out only when every node has voted, or had its time, and none at all where
 * something is wrong then. What comes to light later, as when a failover demotes a node, is told by a warning: that node
 * does not vote, and the others go on for as long as they make a quorum.
 */
export class Independence {
  readonly #names: readonly string[];
  readonly #onFound: (conflict: string) => void;
  readonly #runIds: (string | undefined)[];
  /** What was wrong with each node when it last answered. */
  readonly #conflicts: (string | undefined)[];
  #isProved = false;

  /** `onFound` is called once for each conflict. */
  constructor(names: readonly string[], onFound: (conflict: string) => void) {
    this.#names = names;
    this.#onFound = onFound;
    this.#runIds = names.map(() => undefined);
    this.#conflicts = names.map(() => undefined);
  }

  /** Whether a round in which a quorum answered has heard every node that could be reached, and found nothing wrong. */
  get isProved(): boolean {
    return this.#isProved;
  }

  /** Every node that could be reached has been identified, and a quorum of them answered. */
  prove(): void {
    if (this.#conflicts.every((conflict) => conflict === undefined)) this.#isProved = true;
  }

  /** Why no lock may be handed out, by the last answer of each node; for people. `undefined`: one may. */
  refusal(quorum: number): string | undefined {
    const found = this.#conflicts.filter((conflict) => conflict !== undefined);
    return this.#isProved && this.#conflicts.length - found.length >= quorum ? undefined : found[0];
  }

  /** Remembers which server answered. Returns what is wrong with counting it. */
  identify(index: number, evidence: NodeEvidence): string | undefined {
    if (!evidence.replica && evidence.runId !== undefined && evidence.runId === this.#runIds[index]) return undefined;
    const found = this.#look(index, evidence);
    if (found === this.#conflicts[index]) return found;
    this.#conflicts[index] = found;
    if (found !== undefined) this.#onFound(found);
    return found;
  }

  #look(index: number, { replica, runId }: NodeEvidence): string | undefined {
    this.#runIds[index] = undefined;
    const name = this.#names[index]!;
    if (replica) return `${name} is a replica: what its master forgets or has not sent yet, it does not hold`;
    if (runId === undefined) return undefined;
    const twin = this.#runIds.indexOf(runId);
    if (twin >= 0) return `${this.#names[twin]!} (node ${twin}) and ${name} (node ${index}) are the same server`;
    this.#runIds[index] = runId;
    return undefined;
  }
}
