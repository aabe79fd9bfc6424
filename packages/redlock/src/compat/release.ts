/** Ending a lock. What is not there any more needs no release: that is no failure, and not asked for again. */
import type { Vote } from "../core/vote.ts";
import type { ReleaseOperation } from "../node/operation.ts";
import { Ballot, type Question } from "./ballot.ts";
import type { Fleet } from "./fleet.ts";
import type { Hold } from "./hold.ts";
import type { Failed } from "./retry.ts";
import { nodeTimeoutOf, type MergedSettings } from "./settings.ts";
import type { ExecutionStats } from "./stats.ts";

export class Release implements Question {
  readonly operation: ReleaseOperation;
  readonly timeoutMs: number;
  readonly #fleet: Fleet;

  constructor(fleet: Fleet, keys: readonly string[], token: string, hold: Hold | undefined, settings: MergedSettings) {
    this.#fleet = fleet;
    const ttlMs = hold?.longestTtlMs ?? 10_000;
    this.timeoutMs = nodeTimeoutOf(settings, ttlMs);
    const buryMs = ttlMs + fleet.set.options.fenceRetentionMs;
    this.operation = { kind: "release", keys, token, fence: hold?.fence ?? 0, bury: false, announce: true, buryMs };
  }

  /** Won when a quorum of nodes has it no more. */
  async run(attempts: Promise<ExecutionStats>[]): Promise<{ readonly isFree: true } | Failed> {
    const ballot = new Ballot(this.#fleet, this).hold();
    attempts.push(ballot.stats);
    return (await ballot.decided) === "won" ? { isFree: true } : "again";
  }

  admit(_ballot: Ballot, _node: number, vote: Vote): Vote {
    return vote;
  }
}
