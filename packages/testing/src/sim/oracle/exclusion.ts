/**
 * At each success and each extension: nobody else holds, by its own clocks; everybody who held before has been told;
 * and nobody else was let in between a lock's grant and its extension.
 */
import type { Claim } from "./claim.ts";
import type { Ledger, Verdicts } from "./ledger.ts";

/**
 * A process that slept is told when it next looks at its clocks; this much of running it may take. (It has been
 * stopped until then, so it could not act either.)
 */
const WAKING_MS = 300;

export class ExclusionOracle {
  readonly #ledger: Ledger;
  readonly #verdicts: Verdicts;
  readonly #lastGrants = new Map<string, Claim>();

  constructor(ledger: Ledger, verdicts: Verdicts) {
    this.#ledger = ledger;
    this.#verdicts = verdicts;
  }

  granted(claim: Claim, nowMs: number): void {
    if (!(claim.remainingMs() > 0) || !claim.lock.isHeld()) {
      this.#verdicts.report("valid on return", `${claim.title} was returned with nothing left of its validity`);
    }
    this.#checkAlone(claim, "was granted");
    for (const rival of this.#ledger.rivalsOf(claim)) this.#checkTold(claim, rival, nowMs);
    for (const resource of claim.resources) this.#lastGrants.set(resource, claim);
  }

  /** Another handle of a lock that is held already. */
  adopted(claim: Claim): void {
    this.#checkAlone(claim, "was adopted");
  }

  extended(claim: Claim): void {
    this.#checkAlone(claim, "was extended");
    for (const resource of claim.resources) {
      const last = this.#lastGrants.get(resource);
      if (last !== undefined && last.token !== claim.token && last.grantedAtMs > claim.grantedAtMs) {
        this.#verdicts.report(
          "continuity",
          `${claim.title} was extended, but ${last.title} had been granted in between`,
        );
      }
    }
  }

  #checkAlone(claim: Claim, what: string): void {
    for (const rival of this.#ledger.rivalsOf(claim)) {
      if (!rival.isHeld) continue;
      const leftMs = rival.remainingMs().toFixed(3);
      this.#verdicts.report(
        "mutual exclusion",
        `${claim.title} ${what} while ${rival.title} holds for ${leftMs} ms yet`,
      );
    }
  }

  #checkTold(claim: Claim, rival: Claim, nowMs: number): void {
    if (rival.hasEnded || nowMs - rival.process.promptSinceMs < WAKING_MS) return;
    this.#verdicts.report(
      "told in time",
      `${claim.title} was granted, and ${rival.title} has not been told that it lost`,
    );
  }
}
