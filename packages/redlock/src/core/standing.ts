/**
 * What one waiter knows of its place in the nodes' lines: when each of its sends left, what the nodes answered, and what
 * releases told it. A release hands the key over on its node and says so; told by a quorum, the waiter holds. Six rules,
 * each with the case that breaks without it:
 *
 * - A grant is good from when the send that it names left, never from when the message came: the key was set some time
 *   in between, and a message may be late.
 * - It is good for the claim that the place asked for, and not for the TTL: the node set the key for no longer.
 * - A quorum under one fencing token. Of grants of several releases, mixed, a later holder could have the lower token.
 * - The node tells which life it is in. It counts if that is the one that answered the send, and its memory is old enough:
 *   one that restarted since may have forgotten a lock that is still valid.
 * - A grant is worth nothing once its T was drawn longer than `fenceRetentionMs` ago: nodes may have forgotten the tokens
 *   of locks that came and went since, and have granted it below them.
 * - A refusal that answers a later send ends what was granted before: the key has gone to another caller.
 */
import { Holding, noteVote } from "./holding.ts";
import { Sends } from "./sends.ts";
import { type Assurance, assurance, type ClockReading, elapsedMs, remainingMs } from "./validity.ts";
import type { NodeEvidence, Vote } from "./vote.ts";

/** What a node says when it has given a waiter the key. */
export interface Told {
  readonly fence: number;
  /** Which send made the place. */
  readonly number: number;
  /** Which life the node is in, by its history (see lua/life.lua); "" where it may not tell. */
  readonly life: string;
  readonly token: string;
}

interface Grant {
  readonly number: number;
  readonly fence: number;
  /** When the T of the send that it answers was drawn. */
  readonly drawnAt: ClockReading;
  readonly assured: Assurance;
  readonly evidence: NodeEvidence;
}

interface NodeStanding {
  /** Told before the answer to its send has come. */
  told: Told | undefined;
  grant: Grant | undefined;
  /** By its answer to this send the key is ours there, and does not count. */
  uncountedAt: number | undefined;
}

export interface StandingTerms {
  readonly nodeCount: number;
  readonly quorum: number;
  readonly token: string;
  readonly ttlMs: number;
  /** For how long a release hands the key over. */
  readonly claimMs: number;
  readonly driftFactor: number;
  readonly fenceRetentionMs: number;
  /** Whether it is asked what a node may have forgotten. */
  readonly isGuarded: boolean;
  /** Whether a node in this life, with this memory, counts. */
  isAdmitted(node: number, evidence: NodeEvidence): boolean;
}

export class Standing {
  readonly terms: StandingTerms;
  /** Told whenever a node turns out to have given us the key. */
  onGiven: (() => void) | undefined;
  /** The highest T that this token was sent or given with. */
  fence: number;
  /** Whether the next send needs a higher one. */
  isOutbid = false;
  readonly sends: Sends;
  readonly #nodes: NodeStanding[];

  constructor(terms: StandingTerms, fence: number, drawnAt: ClockReading) {
    this.terms = terms;
    this.fence = fence;
    this.sends = new Sends(terms, fence, drawnAt);
    this.#nodes = Array.from({ length: terms.nodeCount }, () => ({
      told: undefined,
      grant: undefined,
      uncountedAt: undefined,
    }));
  }

  /** Before a send leaves; answers its number. */
  noteSend(fence: number, at: ClockReading): number {
    this.fence = Math.max(this.fence, fence);
    this.isOutbid = false;
    return this.sends.add(fence, at);
  }

  /** A node's vote on a send, as it was admitted. */
  noteAnswer(node: number, number: number, vote: Vote): void {
    const known = this.#nodes[node]!;
    const { evidence } = vote;
    const send = this.sends.get(number);
    if (evidence === undefined || send === undefined) return;
    this.sends.noteAnswer(node, number, evidence);
    if (vote.outcome === "granted") {
      this.#grant(node, number, send.fence, this.terms.ttlMs, evidence);
    } else if (vote.outcome === "refused" && vote.reason === "stale") {
      this.isOutbid = true;
    } else if (vote.outcome === "unknown") {
      if (vote.mayHold) known.uncountedAt = number;
    } else {
      if (known.grant !== undefined && known.grant.number < number) known.grant = undefined;
      if (known.uncountedAt !== undefined && known.uncountedAt < number) known.uncountedAt = undefined;
    }
    if (known.told !== undefined) this.#believe(node, known.told);
  }

  /** A message that was published to this waiter: it counts only if it contains the waiter's token. */
  noteTold(node: number, told: Told): void {
    if (told.token !== this.terms.token || this.sends.get(told.number) === undefined) return;
    this.fence = Math.max(this.fence, told.fence);
    this.#nodes[node]!.told = told;
    this.#believe(node, told);
    this.onGiven?.();
  }

  /** Whether some node has given us the key, whether or not that counts. */
  get hasPart(): boolean {
    return this.#nodes.some(
      ({ grant, told, uncountedAt }) => grant !== undefined || told !== undefined || uncountedAt !== undefined,
    );
  }

  /** The fencing token under which a quorum has given us the key for longer than `marginMs` yet. */
  wonFence(now: ClockReading, marginMs: number): number | undefined {
    const counts = new Map<number, number>();
    for (const { grant } of this.#nodes) {
      if (grant === undefined || remainingMs(grant.assured, now) <= marginMs) continue;
      if (elapsedMs(grant.drawnAt, now) > this.terms.fenceRetentionMs) continue;
      const count = (counts.get(grant.fence) ?? 0) + 1;
      if (count >= this.terms.quorum) return grant.fence;
      counts.set(grant.fence, count);
    }
    return undefined;
  }

  /** What is held of each node under `fence`. A key may come to be on the others, where a place is kept. */
  holding(fence: number, now: ClockReading): Holding {
    const { nodeCount, quorum, isGuarded } = this.terms;
    const holding = new Holding(nodeCount, quorum, isGuarded);
    for (let node = 0; node < nodeCount; node++) {
      const { grant } = this.#nodes[node]!;
      if (grant?.fence === fence) {
        noteVote(holding, node, { outcome: "granted", evidence: grant.evidence, deletedCount: 0 }, grant.assured, now);
      } else {
        holding.markMayHold(node);
      }
    }
    return holding;
  }

  #believe(node: number, told: Told): void {
    const known = this.#nodes[node]!;
    const evidence = this.sends.answerOf(node, told.number);
    if (evidence === undefined) return;
    known.told = undefined;
    known.uncountedAt = told.number;
    if (!isInLife(evidence, told.life) || !this.terms.isAdmitted(node, evidence)) return;
    this.#grant(node, told.number, told.fence, this.terms.claimMs, evidence);
  }

  #grant(node: number, number: number, fence: number, lifeMs: number, evidence: NodeEvidence): void {
    const send = this.sends.get(number);
    if (send === undefined) return;
    const assured = assurance(send.at, lifeMs, this.terms.driftFactor);
    const known = this.#nodes[node]!;
    known.uncountedAt = undefined;
    known.grant = { number, fence, drawnAt: send.drawnAt, assured, evidence };
    this.onGiven?.();
  }
}

/**
 * Told is only the server's history, without the rest of its life record: a node that was flushed has forgotten the place
 * too, and tells nothing of this send. Where INFO is not permitted nobody tells, and the node is trusted as it is
 * everywhere else.
 */
function isInLife(evidence: NodeEvidence, history: string): boolean {
  return history === evidence.life.split(" ", 1)[0];
}
