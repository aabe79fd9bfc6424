/**
 * In fair weather nobody is refused because of the nodes, and no lock that is kept alive is lost.
 *
 * Whatever keeps a quorum of healthy nodes from being used, be it an order of one's own, a message from a stranger or one
 * node that is not as it was, shows here, without a rule about it.
 */
import type { RedlockError } from "@quorate/redlock";
import type { BatchReply, Operation } from "@quorate/redlock/node";

import type { Plan } from "../plan.ts";
import type { SimProcess } from "../process.ts";
import type { SimServer } from "../server.ts";
import type { PendingCall } from "../user/pending-call.ts";
import type { Weather } from "../weather.ts";
import type { Claim } from "./claim.ts";
import { lifeMsOf } from "./kept.ts";
import type { Verdicts } from "./ledger.ts";

/** Somebody else has it, or the caller no longer wants it. */
const FAIR_REASONS: readonly string[] = ["RESOURCE_LOCKED", "CLOSED", "LOCK_LOST"];
/** Of its TTL, how long the weather must have been fair before a loss for it to be for nothing: a try and another one's time. */
const FAIR_PART = 0.5;
/** Below this a lock lives for a few trips of a message only. */
const LEAST_TTL_MS = 150;

export class CauseOracle {
  readonly #plan: Plan;
  readonly #servers: readonly SimServer[];
  readonly #verdicts: Verdicts;
  readonly #weather: Weather;
  readonly #quorum: number;
  /**
   * Nodes that said to a holder that the key is not its own, or were given it again by a heal. Such a node does not count
   * at once, also where a late release of the holder before hands it the key.
   */
  readonly #doubtful = new Set<string>();
  /** When each process won its first lock. */
  readonly #firstWinAtMs = new Map<SimProcess, number>();

  constructor(plan: Plan, servers: readonly SimServer[], verdicts: Verdicts, weather: Weather) {
    this.#plan = plan;
    this.#servers = servers;
    this.#verdicts = verdicts;
    this.#weather = weather;
    this.#quorum = Math.floor(servers.length / 2) + 1;
  }

  granted({ process, grantedAtMs }: Claim): void {
    if (!this.#firstWinAtMs.has(process)) this.#firstWinAtMs.set(process, grantedAtMs);
  }

  executed({ index }: SimServer, operations: readonly Operation[], reply: BatchReply): void {
    this.#weather.touched(index);
    for (const [at, operation] of operations.entries()) {
      const answer = reply[at + 3];
      const isHealed = operation.kind === "heal" && answer === 1;
      const isDisowned = operation.kind === "extend" && Array.isArray(answer) && answer[0] === "lost";
      if (isHealed || isDisowned) this.#doubtful.add(`${index} ${operation.token}`);
    }
  }

  refused(call: PendingCall, process: SimProcess, error: RedlockError): void {
    if (FAIR_REASONS.includes(error.code) || process.promptSinceMs > call.calledAtMs) return;
    // A node in order that refuses leaves it to the others, which may be slow; so does the first round of all.
    const { fenceRetentionMs = Infinity } = this.#plan.options;
    if (error.code === "TOO_LATE" && call.nodeTimeoutMs > Math.min(call.ttlMs / 3, fenceRetentionMs - LEAST_TTL_MS))
      return;
    // A replica among the nodes is told to whoever starts with it, in all calls that were made before a lock was won.
    if (error.code === "NOT_INDEPENDENT" && !(this.#firstWinAtMs.get(process)! < call.calledAtMs)) return;
    const fairCount = this.#weather.fairCount(process.name, call.calledAtMs);
    if (fairCount < this.#quorum) return;
    this.#verdicts.report(
      "refused for cause",
      `${process.name} was refused ${call.resources.join("+")}, with ${fairCount} nodes in order: ${error.message}`,
    );
  }

  lost(claim: Claim, nowMs: number): void {
    const { lock, process, roundMs } = claim;
    if (!claim.isRenewed || claim.isGivenAway || claim.ttlMs < LEAST_TTL_MS || roundMs > claim.ttlMs / 5) return;
    const sinceMs = nowMs - FAIR_PART * claim.ttlMs;
    if (process.promptSinceMs > sinceMs || claim.grantedAtMs > sinceMs) return;
    const kept = this.#servers.filter(
      (server) => this.#weather.isFair(process.name, server.index, sinceMs) && this.#keeps(server, claim),
    );
    if (kept.length < this.#quorum) return;
    this.#verdicts.report(
      "lost for cause",
      `${claim.title} was lost, with ${kept.length} nodes in order that keep it; it asked for ${lock.ttlMs} ms last`,
    );
  }

  notAdopted(given: Claim, process: SimProcess, calledAtMs: number): void {
    if (process.promptSinceMs > calledAtMs) return;
    const kept = this.#servers.filter(
      (server) => this.#weather.isFair(process.name, server.index, calledAtMs) && this.#keeps(server, given),
    );
    if (kept.length < this.#quorum) return;
    this.#verdicts.report(
      "lost for cause",
      `${process.name} could not adopt ${given.title}, with ${kept.length} nodes in order that keep it`,
    );
  }

  #keeps(server: SimServer, claim: Claim): boolean {
    if (this.#doubtful.has(`${server.index} ${claim.token}`)) return false;
    const prefix = this.#plan.options.keyPrefix ?? "";
    return claim.resources.every((resource) => lifeMsOf(server, prefix + resource, claim, resource) > 0);
  }
}
