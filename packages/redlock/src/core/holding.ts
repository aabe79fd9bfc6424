/**
 * What a holder knows of each node, and so whether it still holds. Four rules, each with the case that breaks without
 * it:
 *
 * - Loss is sticky. A late grant of the original acquire, or a key made again, would revive a lock that another holder
 *   had in between.
 * - A "not yours" from a node ends what that node was relied on for, whatever it confirmed before.
 * - A key on a node that had lost it ("doubtful": it was made again, by a heal or by a late acquire) does not count,
 *   until in one later round a quorum of nodes that never lost it has confirmed: only then is it sure that no other holder had
 *   the lock in between.
 * - A node is relied on in the life in which it was admitted. With a confirmation from another life it has forgotten
 *   others' locks, if not ours: it is a new node, and doubtful. What it confirmed before still stands, since nobody
 *   counts it for as long as it could have forgotten what it had confirmed.
 */
import { quorumRemainingMs, remainingMs, type Assurance, type ClockReading } from "./validity.ts";
import type { NodeEvidence, Vote } from "./vote.ts";

/** One extend round's confirmations: doubtful nodes wait here until enough others have confirmed. */
export interface ExtendTally {
  originalCount: number;
  doubtfulNodes: { readonly node: number; readonly evidence: NodeEvidence }[];
}

export function newExtendTally(): ExtendTally {
  return { originalCount: 0, doubtfulNodes: [] };
}

/** A plain loop: there are three for each lock. */
function listOf<Value>(count: number, value: Value): Value[] {
  const list: Value[] = [];
  for (let index = 0; index < count; index++) list.push(value);
  return list;
}

export class Holding {
  readonly quorum: number;
  readonly #isGuarded: boolean;
  readonly #assurances: (Assurance | undefined)[];
  /** The life in which each node was admitted. */
  readonly #lives: (string | undefined)[];
  /** Made when there is one: of ten thousand locks hardly any has a doubtful node, or was ever healed. */
  #doubtful: boolean[] | undefined;
  /** Nodes on which a key of ours may live, now or later: release must reach them. */
  readonly #mayHold: boolean[];
  /** Nodes that were sent a heal, which could still be under way when the lock is released. */
  #healed: boolean[] | undefined;
  #lost = false;

  /** `isGuarded`: false where the restart guard is off, and what a node may have forgotten is not asked. */
  constructor(nodeCount: number, quorum: number, isGuarded: boolean) {
    this.quorum = quorum;
    this.#isGuarded = isGuarded;
    this.#assurances = listOf(nodeCount, undefined);
    this.#lives = listOf(nodeCount, undefined);
    this.#mayHold = listOf(nodeCount, false);
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

  /** Whether the node was admitted in the life that it votes in, and never lost the key since. */
  reliesOn(node: number, { life }: NodeEvidence): boolean {
    if (this.isDoubtful(node)) return false;
    const admitted = this.#lives[node];
    return admitted !== undefined && (admitted === life || !this.#isGuarded);
  }

  markMayHold(node: number): void {
    this.#mayHold[node] = true;
  }

  /** The node was never asked, or refused for good. */
  clearMayHold(node: number): void {
    this.#mayHold[node] = false;
  }

  /** The node has the key, but that does not count yet: it was made again, or the node forgot others' locks. */
  markDoubtful(node: number): void {
    this.#mayHold[node] = true;
    (this.#doubtful ??= [])[node] = true;
  }

  markHealSent(node: number): void {
    this.#mayHold[node] = true;
    (this.#healed ??= [])[node] = true;
  }

  /**
   * The node confirmed an acquire, and was admitted. Only lengthens, as the node itself does. Its vote may come behind a
   * later round's, and then the key was made, or lost, in between.
   */
  confirm(node: number, assured: Assurance, evidence: NodeEvidence, now: ClockReading): void {
    this.#mayHold[node] = true;
    if (this.isDoubtful(node)) return;
    if (this.#lives[node] !== undefined && !this.reliesOn(node, evidence)) {
      this.markDoubtful(node);
      return;
    }
    this.#lives[node] = evidence.life;
    const known = this.#assurances[node];
    if (known === undefined || remainingMs(assured, now) > remainingMs(known, now)) this.#assurances[node] = assured;
  }

  /**
   * The node confirmed an extend of the round that `tally` belongs to, and was admitted. Returns whether it counts at
   * once.
   */
  confirmExtend(
    node: number,
    assured: Assurance,
    evidence: NodeEvidence,
    tally: ExtendTally,
    now: ClockReading,
  ): boolean {
    this.confirm(node, assured, evidence, now);
    const isOriginal = !this.isDoubtful(node);
    if (isOriginal) tally.originalCount++;
    else tally.doubtfulNodes.push({ node, evidence });
    if (tally.originalCount < this.quorum) return isOriginal;
    for (const doubtful of tally.doubtfulNodes.splice(0)) {
      this.#doubtful![doubtful.node] = false;
      this.#lives[doubtful.node] = undefined;
      this.confirm(doubtful.node, assured, doubtful.evidence, now);
    }
    return isOriginal;
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
  isGuarded: boolean,
  now: ClockReading,
): Holding {
  const holding = new Holding(nodeCount, quorum, isGuarded);
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
  else if (vote.outcome === "granted") holding.confirm(node, assured, vote.evidence, now);
  else if (vote.outcome === "refused" && vote.reason === "lost") holding.disown(node);
  else if (vote.outcome === "refused" || !vote.mayHold) holding.clearMayHold(node);
  else if (vote.reason === "restarted") holding.markDoubtful(node);
  else holding.markMayHold(node);
}
