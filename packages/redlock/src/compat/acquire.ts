/**
 * Taking a lock. Unlike in node-redlock every try has a value of its own, a lost try is rolled back before the next, and
 * a quorum that came too late to leave any validity is a lost try.
 */
import { createHash } from "node:crypto";
import { assurance, type Assurance } from "../core/validity.ts";
import type { Vote } from "../core/vote.ts";
import { Rollback } from "../round/rollback.ts";
import { holdingFrom, noteVote } from "../core/holding.ts";
import type { AcquireOperation } from "../node/operation.ts";
import { Ballot, type Question } from "./ballot.ts";
import { admitOn, type Fleet } from "./fleet.ts";
import type { Hold } from "./hold.ts";
import type { Failed } from "./retry.ts";
import { isGuarded, nodeTimeoutOf, type MergedSettings } from "./settings.ts";
import type { ExecutionStats } from "./stats.ts";

export interface Taken {
  readonly token: string;
  readonly hold: Hold;
}

export class Acquisition implements Question {
  readonly operation: AcquireOperation;
  readonly timeoutMs: number;
  readonly #fleet: Fleet;
  readonly #settings: MergedSettings;
  #late: { readonly hold: Hold; readonly assured: Assurance } | undefined;
  #isStale = false;

  constructor(fleet: Fleet, keys: readonly string[], ttlMs: number, settings: MergedSettings) {
    this.#fleet = fleet;
    this.#settings = settings;
    this.timeoutMs = nodeTimeoutOf(settings, ttlMs);
    const { set } = fleet;
    const token = createHash("sha256").update(set.runtime.newToken()).digest("hex").slice(0, 32);
    const fence = settings.fencing ? set.fences.propose(set.runtime.readClocks().wallMs) : 0;
    this.operation = { kind: "acquire", keys, token, fence, ttlMs, fenceRetentionMs: set.options.fenceRetentionMs };
  }

  async run(attempts: Promise<ExecutionStats>[]): Promise<Taken | Failed> {
    const ballot = new Ballot(this.#fleet, this).hold();
    attempts.push(ballot.stats);
    const taken = (await ballot.decided) === "won" ? this.#take(ballot) : undefined;
    if (taken !== undefined) return taken;
    // An app that tells refusals from other errors expects one from every node that refuses: none is cut short.
    await ballot.stats;
    ballot.round.isGivenUp = true;
    const { votes } = ballot.round;
    const options = { isPatient: false, timeoutMs: this.timeoutMs };
    await new Promise<void>((resolve) => void new Rollback(this.#fleet.set, this.operation, votes, options, resolve));
    return this.#isStale ? "now" : "again";
  }

  admit(_ballot: Ballot, node: number, vote: Vote): Vote {
    const { set } = this.#fleet;
    set.fences.noteVote(vote);
    this.#isStale ||= vote.outcome === "refused" && vote.reason === "stale";
    const counted = admitOn(this.#fleet, this.#settings, node, vote);
    if (this.#late !== undefined) {
      const { hold, assured } = this.#late;
      noteVote(hold.holding, node, counted, assured, set.runtime.readClocks());
    }
    return counted;
  }

  #take({ round }: Ballot): Taken | undefined {
    const { nodes, quorum, runtime } = this.#fleet.set;
    const { token, fence, ttlMs } = this.operation;
    const assured = assurance(round.askedAt, ttlMs, this.#settings.driftFactor);
    const now = runtime.readClocks();
    const holding = holdingFrom(round.votes, nodes.length, quorum, assured, isGuarded(this.#settings), now);
    if (holding.remainingMs(now) === 0) return undefined;
    const hold: Hold = { holding, fence, longestTtlMs: ttlMs };
    this.#late = { hold, assured };
    return { token, hold };
  }
}
