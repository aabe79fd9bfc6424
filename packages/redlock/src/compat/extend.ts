/**
 * More time for a lock. Unlike in node-redlock a lock that a quorum of nodes has disowned is over at once: it is not
 * asked for again, and can never come back.
 */
import { newExtendTally } from "../core/holding.ts";
import { assurance, type Assurance } from "../core/validity.ts";
import type { Vote } from "../core/vote.ts";
import { doubted } from "../core/uncounted.ts";
import type { ExtendOperation } from "../node/operation.ts";
import { Ballot, type Question } from "./ballot.ts";
import type { Fleet } from "./fleet.ts";
import type { Hold } from "./hold.ts";
import type { Failed } from "./retry.ts";
import { nodeTimeoutOf, type MergedSettings } from "./settings.ts";
import type { ExecutionStats } from "./stats.ts";

export class Extension implements Question {
  readonly operation: ExtendOperation;
  readonly timeoutMs: number;
  readonly #fleet: Fleet;
  readonly #settings: MergedSettings;
  readonly #hold: Hold;
  readonly #tally = newExtendTally();
  #lostCount = 0;

  constructor(
    fleet: Fleet,
    lock: { keys: readonly string[]; token: string; hold: Hold },
    ttlMs: number,
    settings: MergedSettings,
  ) {
    this.#fleet = fleet;
    this.#settings = settings;
    this.#hold = lock.hold;
    this.#hold.longestTtlMs = Math.max(this.#hold.longestTtlMs, ttlMs);
    this.timeoutMs = nodeTimeoutOf(settings, ttlMs);
    this.operation = {
      kind: "extend",
      keys: lock.keys,
      token: lock.token,
      fence: this.#hold.fence,
      ttlMs,
      fenceRetentionMs: fleet.set.options.fenceRetentionMs,
    };
  }

  /** Resolves with what is left of the validity by this round alone. */
  async run(attempts: Promise<ExecutionStats>[]): Promise<{ readonly assured: Assurance } | Failed> {
    const { nodes, quorum, runtime } = this.#fleet.set;
    const ballot = new Ballot(this.#fleet, this).hold();
    attempts.push(ballot.stats);
    const decision = await ballot.decided;
    if (decision === "won" && this.#hold.holding.remainingMs(runtime.readClocks()) > 0) {
      return { assured: this.#assured(ballot) };
    }
    return nodes.length - this.#lostCount < quorum ? "never" : "again";
  }

  admit(ballot: Ballot, node: number, vote: Vote): Vote {
    const { holding } = this.#hold;
    if (vote.outcome === "granted") {
      const isDoubtful = holding.isDoubtful(node);
      holding.confirmExtend(node, this.#assured(ballot), this.#tally, this.#fleet.set.runtime.readClocks());
      return isDoubtful ? doubted(vote) : vote;
    }
    if (vote.outcome === "refused") {
      holding.disown(node);
      this.#lostCount++;
    }
    return vote;
  }

  #assured(ballot: Ballot): Assurance {
    return assurance(ballot.round.askedAt, this.operation.ttlMs, this.#settings.driftFactor);
  }
}
