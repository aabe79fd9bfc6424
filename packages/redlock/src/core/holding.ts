/**
 * What a holder knows of each node, and so whether it still holds. Three rules, each with the case that breaks without
 * it:
 *
 * - Loss is sticky. A late grant of the original acquire, or a key made again, would revive a lock that another holder
 *   had in between.
 * - A "not yours" from a node ends what that node was relied on for, whatever it confirmed before.
 * - A key on a node that had lost it ("doubtful": it was made again, by a heal or by a late acquire) does not count,
 *   until in one later round a quorum of nodes that never lost it has confirmed: only then is it sure that no other holder had
 *   the lock in between.
 */
import { quorumRemainingMs, remainingMs, type Assurance, type ClockReading } from "./validity.ts";
import type { Vote } from "./vote.ts";

/** One extend round's confirmations: doubtful nodes wait here until enough others have confirmed. */
export interface ExtendTally {
  originalCount: number;
  doubtfulNodes: number[];
}

export function newExtendTally(): ExtendTally {
  return { originalCount: 0, doubtfulNodes: [] };
}

export class Holding {
  readonly quorum: number;
  readonly #assurances: (Assurance | undefined)[];
  /** Made when there is one: of ten thousand locks hardly any has a doubtful node, or was ever healed. */
  #doubtful: boolean[] | undefined;
  /** Nodes on which a key of ours may live, now or later: release must reach them. */
  readonly #mayHold: boolean[];
  /** Nodes that were sent a heal, which could still be under way when the lock is released. */
  #healed: boolean[] | undefined;
  #lost = false;

  constructor(nodeCount: number, quorum: number) {
    this.quorum = quorum;
    this.#assurances = Array.from({ length: nodeCount }, () => undefined);
    this.#mayHold = Array.from({ length: nodeCount }, () => false);
  }

  mayHold(node: number): boolean {
    return this.#mayHold[node] === true;
  }

  wasHealed(node: number): boolean {
    return this.#healed?.[node] === true;
  }

  isDoubtful(node: number): boolean {
    return this.#doubtful?.[node] === true;
  }

  markMayHold(node: number): void {
    this.#mayHold[node] = true;
  }

  /** The node was never asked, or refused for good. */
  clearMayHold(node: number): void {
    this.#mayHold[node] = false;
  }

  /** The node has the key, but that does not count yet: it was made again, or the node had restarted. */
  markDoubtful(node: number): void {
    this.#mayHold[node] = true;
    this.disown(node);
  }

  markHealSent(node: number): void {
    this.#mayHold[node] = true;
    (this.#healed ??= [])[node] = true;
  }

  /**
   * The node confirmed an acquire. Only lengthens, as the node itself does. Its vote may come behind a later round's, and
   * then the key was made, or lost, in between.
   */
  confirm(node: number, assured: Assurance, now: ClockReading): void {
    this.#mayHold[node] = true;
    if (this.isDoubtful(node)) return;
    const known = this.#assurances[node];
    if (known === undefined || remainingMs(assured, now) > remainingMs(known, now)) this.#assurances[node] = assured;
  }

  /** The node confirmed an extend of the round that `tally` belongs to. */
  confirmExtend(node: number, assured: Assurance, tally: ExtendTally, now: ClockReading): void {
    if (this.isDoubtful(node)) {
      tally.doubtfulNodes.push(node);
    } else {
      tally.originalCount++;
      this.confirm(node, assured, now);
    }
    if (tally.originalCount < this.quorum) return;
    for (const doubtful of tally.doubtfulNodes.splice(0)) {
      this.#doubtful![doubtful] = false;
      this.confirm(doubtful, assured, now);
    }
  }

  /** The node said that the key is not ours. */
  disown(node: number): void {
    this.#assurances[node] = undefined;
    (this.#doubtful ??= [])[node] = true;
  }

  /** What is left of the lock's validity; 0 once it is lost, for good. */
  remainingMs(now: ClockReading): number {
    if (this.#lost) return 0;
    const remaining = this.leftMs(now);
    if (remaining > 0) return remaining;
    this.#lost = true;
    return 0;
  }

  /** The same without the loss: negative since the validity has ended, -Infinity when too few nodes are relied on. */
  leftMs(now: ClockReading): number {
    return quorumRemainingMs(this.#assurances, this.quorum, now);
  }

  lose(): void {
    this.#lost = true;
  }
}

/** What the votes of a round that was won say about each node. */
export function holdingFrom(
  votes: readonly (Vote | undefined)[],
  nodeCount: number,
  quorum: number,
  assured: Assurance,
  now: ClockReading,
): Holding {
  const holding = new Holding(nodeCount, quorum);
  for (let node = 0; node < nodeCount; node++) noteVote(holding, node, votes[node], assured, now);
  return holding;
}

/** A node that has not voted yet may hold the key, but is not relied on; its vote may be noted when it comes. */
export function noteVote(
  holding: Holding,
  node: number,
  vote: Vote | undefined,
  assured: Assurance,
  now: ClockReading,
): void {
  if (vote === undefined) holding.markMayHold(node);
  else if (vote.outcome === "granted") holding.confirm(node, assured, now);
  else if (vote.outcome === "refused" && vote.reason === "lost") holding.disown(node);
  else if (vote.outcome === "refused" || !vote.mayHold) holding.clearMayHold(node);
  else if (vote.reason === "restarted") holding.markDoubtful(node);
  else holding.markMayHold(node);
}
