/**
 * One try as node-redlock reports it: a promise of who voted for and who against, one "error" event per vote against.
 * Underneath it is a round, which is decided as soon as it can be; the promise waits for the last vote, or the deadline.
 */
import type { Vote } from "../core/vote.ts";
import { Round, type RoundRules } from "../round/round.ts";
import { isOutrun } from "../core/refusal.ts";
import type { Operation } from "../node/operation.ts";
import type { Fleet } from "./fleet.ts";
import type { Client, ExecutionStats } from "./stats.ts";
import { voteError } from "./vote-error.ts";

export interface Question {
  readonly operation: Operation;
  readonly timeoutMs: number;
  /** Every vote, early or late; what is returned is counted. */
  admit(ballot: Ballot, node: number, vote: Vote): Vote;
}

export class Ballot implements RoundRules {
  readonly round: Round;
  readonly stats: Promise<ExecutionStats>;
  /** Resolves when it is won, or can no longer be. */
  readonly decided: Promise<"won" | "lost">;
  readonly #fleet: Fleet;
  readonly #question: Question;
  readonly #votesFor = new Set<Client>();
  readonly #votesAgainst = new Map<Client, Error>();
  #complete!: (stats: ExecutionStats) => void;
  #decide!: (decision: "won" | "lost") => void;

  constructor(fleet: Fleet, question: Question) {
    this.#fleet = fleet;
    this.#question = question;
    this.stats = new Promise((resolve) => (this.#complete = resolve));
    this.decided = new Promise((resolve) => (this.#decide = resolve));
    this.round = new Round(fleet.set, this, fleet.set.quorum);
  }

  /** Sends the question. */
  hold(): this {
    this.#fleet.underWay.add(this.stats);
    this.round.ask(() => this.#question.operation, this.#question.timeoutMs);
    return this;
  }

  onVote(_round: Round, node: number, vote: Vote): Vote {
    const counted = this.#question.admit(this, node, vote);
    const client = this.#fleet.clients[node] as Client;
    if (this.#votesFor.has(client) || this.#votesAgainst.has(client)) return counted;
    if (counted.outcome === "granted") {
      this.#votesFor.add(client);
    } else {
      const error = voteError(counted, this.#fleet, node, this.#question.operation.keys.length);
      this.#votesAgainst.set(client, error);
      if (!isOutrun(counted)) this.#fleet.report(error);
    }
    this.#tellWhenComplete();
    return counted;
  }

  onDecided(_round: Round, decision: "won" | "lost"): void {
    this.#decide(decision);
  }

  #tellWhenComplete(): void {
    const { nodes, quorum } = this.#fleet.set;
    if (this.#votesFor.size + this.#votesAgainst.size < nodes.length) return;
    this.#fleet.underWay.delete(this.stats);
    this.#complete({
      membershipSize: nodes.length,
      quorumSize: quorum,
      votesFor: this.#votesFor,
      votesAgainst: this.#votesAgainst,
    });
  }
}
