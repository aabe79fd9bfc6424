/**
 * One question to several nodes, one deadline. The vote of a node that answers after the decision still reaches the
 * rules: it may add a node to a lock that is held.
 */
import { decide, type Decision } from "../core/quorum.ts";
import type { RoundReport } from "../errors/node-votes.ts";
import type { Granted, Unknown, Vote } from "../core/vote.ts";
import { noEvidence } from "../node/known-server.ts";
import type { VoteReceiver } from "../node/node.ts";
import type { Operation } from "../node/operation.ts";
import type { Deadline, Expiring } from "../runtime/deadlines.ts";
import type { ClockReading } from "../runtime/runtime.ts";
import type { NodeSet } from "./nodes.ts";

/** What a kind of round makes of its votes. None may throw. */
export interface RoundRules {
  /** Every vote, early or late, before it is counted; what is returned is counted. */
  onVote(round: Round, node: number, vote: Vote): Vote;
  /** Once. Votes may still come. */
  onDecided(round: Round, decision: "won" | "lost"): void;
  /** How it is decided, where votes that grant need not agree. */
  readonly decide?: ((votes: readonly (Vote | undefined)[]) => Decision) | undefined;
  /** Whether what is not written yet need not be: asked of each operation when its turn comes. */
  readonly isOver?: boolean;
}

const NO_ANSWER: Unknown = { outcome: "unknown", reason: "timeout", detail: "no answer", mayHold: true };
const NOT_ASKED: Granted = { outcome: "granted", evidence: noEvidence, deletedCount: 0 };

export class Round implements VoteReceiver, Expiring {
  readonly askedAt: ClockReading;
  readonly votes: (Vote | undefined)[] = [];
  /** Per node, from `askedAt` to its vote, unless that is a grant: of those there are too many to read a clock for each. */
  readonly elapsedMs: number[] = [];
  /** Whether the caller has given up. */
  isGivenUp = false;
  /** Whether it is won only when every node has voted, or had its time. */
  waitsForAll = false;
  decision: Decision = "pending";
  readonly #set: NodeSet;
  readonly #rules: RoundRules;
  readonly #needed: number;
  #grantedCount = 0;
  #otherCount = 0;
  /** Set while votes are waited for; not yet while the nodes are being asked. */
  #deadline: Deadline | undefined;

  /** `needed`: how many nodes must grant. Infinity: every node must have voted, or had its time, whatever it votes. */
  constructor(set: NodeSet, rules: RoundRules, needed: number) {
    this.#set = set;
    this.#rules = rules;
    this.#needed = needed;
    this.askedAt = set.runtime.readClocks();
  }

  /** Asks each node what `operationFor` says; a node that is asked nothing counts as granted. */
  ask(operationFor: (node: number) => Operation | undefined, timeoutMs: number): void {
    const { nodes, deadlines } = this.#set;
    for (let node = 0; node < nodes.length; node++) {
      const operation = operationFor(node);
      if (operation === undefined) this.#record(node, NOT_ASKED);
      else nodes[node]!.send(operation, this, node);
    }
    this.#deadline = deadlines.set(this, timeoutMs, this.askedAt.monotonicMs);
    this.#begin();
  }

  /** Asks every node the same. */
  askAll(operation: Operation, timeoutMs: number): void {
    const { nodes, deadlines } = this.#set;
    for (let node = 0; node < nodes.length; node++) nodes[node]!.send(operation, this, node);
    this.#deadline = deadlines.set(this, timeoutMs, this.askedAt.monotonicMs);
    this.#begin();
  }

  /**
   * What is lost because nodes are away is told in a later turn. A caller that asked again at once, and was refused at once,
   * would keep its own process from reading that they are back.
   */
  #begin(): void {
    const { nodes, runtime } = this.#set;
    const complete = this.#grantedCount + this.#otherCount === nodes.length;
    const isOver = this.#otherCount > 0 && this.#decide(nodes.length, complete) !== "pending";
    if (isOver) runtime.afterInput(() => this.#evaluate());
    else this.#evaluate();
  }

  get abandoned(): boolean {
    return this.isGivenUp || this.#rules.isOver === true;
  }

  receive(node: number, vote: Vote): void {
    const counted = this.#rules.onVote(this, node, vote);
    if (this.votes[node] !== undefined) return;
    const { journal, standings } = this.#set;
    if (vote.evidence !== undefined && journal.refusals[node] !== undefined) standings.noteInTime(node);
    this.#record(node, counted);
    if (this.#deadline !== undefined) this.#evaluate();
  }

  expire(): void {
    this.#deadline = undefined;
    const { nodes } = this.#set;
    for (let node = 0; node < nodes.length; node++) {
      if (this.votes[node] !== undefined) continue;
      nodes[node]!.overdue();
      if (this.votes[node] === undefined) this.#record(node, this.#rules.onVote(this, node, NO_ANSWER));
    }
    this.#evaluate();
  }

  /** As errors tell of it. `tookMs`: until now where it is not known. */
  report(tookMs: number = this.#set.runtime.readClocks().monotonicMs - this.askedAt.monotonicMs): RoundReport {
    const { names: nodeNames, quorum } = this.#set;
    return { nodeNames, quorum, votes: this.votes, elapsedMs: this.elapsedMs, tookMs };
  }

  #record(node: number, vote: Vote): void {
    this.votes[node] = vote;
    if (vote.outcome === "granted") {
      this.#grantedCount++;
      return;
    }
    this.elapsedMs[node] = this.#set.runtime.readClocks().monotonicMs - this.askedAt.monotonicMs;
    this.#otherCount++;
  }

  #evaluate(): void {
    const nodeCount = this.#set.nodes.length;
    const complete = this.#grantedCount + this.#otherCount === nodeCount;
    if (this.decision === "pending") {
      this.decision = this.#decide(nodeCount, complete);
      if (this.decision !== "pending") {
        if (this.#deadline !== undefined) this.#set.deadlines.unawait(this.#deadline);
        this.#rules.onDecided(this, this.decision);
      }
    }
    if (complete && this.#deadline !== undefined) {
      this.#set.deadlines.meet(this.#deadline);
      this.#deadline = undefined;
    }
  }

  #decide(nodeCount: number, complete: boolean): Decision {
    if (this.#needed === Infinity) return complete ? "won" : "pending";
    const decision =
      this.#rules.decide?.(this.votes) ?? decide(nodeCount, this.#needed, this.#grantedCount, this.#otherCount);
    return decision === "won" && this.waitsForAll && !complete ? "pending" : decision;
  }
}
