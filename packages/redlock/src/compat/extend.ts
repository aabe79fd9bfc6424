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
import { admitOn, type Fleet } from "./fleet.ts";
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
    const counted = admitOn(this.#fleet, this.#settings, node, vote, holding);
    if (counted.outcome === "granted") {
      const { evidence } = counted;
      const now = this.#fleet.set.runtime.readClocks();
      const isOriginal = holding.confirmExtend(node, this.#assured(ballot), evidence, this.#tally, now);
      return isOriginal ? counted : doubted(counted);
    }
    if (counted.outcome === "unknown" && counted.reason === "restarted") holding.markDoubtful(node);
    if (vote.outcome === "refused") {
      holding.disown(node);
      this.#lostCount++;
    }
    return counted;
  }

  #assured(ballot: Ballot): Assurance {
    return assurance(ballot.round.askedAt, this.operation.ttlMs, this.#settings.driftFactor);
  }
}
