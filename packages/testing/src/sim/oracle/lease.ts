/**
 * The strongest check: for as long as a holder believes in its lock, a quorum of nodes really keeps its key, to the end
 * of what it believes. Mutual exclusion only breaks when two happen to meet; this breaks as soon as they could.
 *
 * A node that lost its memory after the lock was asked for counts as keeping it: that it does not let anybody else in
 * is the restart guard's promise, and the other oracles check that.
 */
import type { Operation } from "@quorate/redlock/node";

import type { SimServer } from "../server.ts";
import type { Claim } from "./claim.ts";
import { lifeMsOf } from "./kept.ts";
import type { Ledger, Verdicts } from "./ledger.ts";

const ROUNDING_MS = 1e-6;

export class LeaseOracle {
  readonly #servers: readonly SimServer[];
  readonly #ledger: Ledger;
  readonly #verdicts: Verdicts;
  readonly #keyPrefix: string;
  readonly #memoryLostAtMs: number[];

  constructor(servers: readonly SimServer[], ledger: Ledger, verdicts: Verdicts, keyPrefix: string) {
    this.#servers = servers;
    this.#ledger = ledger;
    this.#verdicts = verdicts;
    this.#keyPrefix = keyPrefix;
    this.#memoryLostAtMs = servers.map(() => Number.NEGATIVE_INFINITY);
  }

  memoryLost(node: number, nowMs: number): void {
    this.#memoryLostAtMs[node] = nowMs;
  }

  executed(operations: readonly Operation[]): void {
    if (!this.#verdicts.isArmed("lease soundness")) return;
    for (const operation of operations) {
      if (operation.kind === "inspect" || operation.kind === "notice") continue;
      for (const key of operation.keys) this.#touched(key.slice(this.#keyPrefix.length));
    }
  }

  /** A node changed something about this resource. */
  #touched(resource: string): void {
    for (const claim of this.#ledger.openOn(resource)) if (claim.isHeld) this.check(claim, "after a node's change");
  }

  check(claim: Claim, when: string): void {
    const untilMs = claim.trueRemainingMs;
    if (untilMs <= 0) return;
    const keptCount = this.#servers.filter((server, node) => this.#keeps(server, node, claim, untilMs)).length;
    const quorum = Math.floor(this.#servers.length / 2) + 1;
    if (keptCount >= quorum) return;
    this.#verdicts.report(
      "lease soundness",
      `${when} ${claim.title} believes in ${untilMs.toFixed(3)} ms, but only ${keptCount} of ${this.#servers.length} nodes keep it that long`,
    );
  }

  #keeps(server: SimServer, node: number, claim: Claim, untilMs: number): boolean {
    if ((this.#memoryLostAtMs[node] ?? 0) >= claim.calledAtMs) return true;
    const leastMs = untilMs - ROUNDING_MS;
    return claim.resources.every(
      (resource) => lifeMsOf(server, this.#keyPrefix + resource, claim, resource) >= leastMs,
    );
  }
}
