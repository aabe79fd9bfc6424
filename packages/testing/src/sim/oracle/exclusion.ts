/**
 * At each success and each extension: nobody else holds, by its own clocks; everybody who held before has been told;
 * and nobody else was let in between a lock's grant and its extension.
 */
import type { Claim } from "./claim.ts";
import type { Ledger, Verdicts } from "./ledger.ts";
import { keepApart, namesOf, type Ways } from "./ways.ts";

/**
 * A process that slept is told when it next looks at its clocks; this much of running it may take. (It has been
 * stopped until then, so it could not act either.)
 */
const WAKING_MS = 300;

export class ExclusionOracle {
  readonly #ledger: Ledger;
  readonly #verdicts: Verdicts;
  /** By resource and way. */
  readonly #lastGrants = new Map<string, Map<string, { readonly claim: Claim; readonly ways: Ways }>>();

  constructor(ledger: Ledger, verdicts: Verdicts) {
    this.#ledger = ledger;
    this.#verdicts = verdicts;
  }

  granted(claim: Claim, nowMs: number): void {
    if (!(claim.remainingMs() > 0) || !claim.lock.isHeld()) {
      this.#verdicts.report("valid on return", `${claim.title} was returned with nothing left of its validity`);
    }
    this.#checkWays(claim);
    this.#checkAlone(claim, "was granted");
    for (const rival of this.#ledger.rivalsOf(claim)) this.#checkTold(claim, rival, nowMs);
    for (const resource of claim.resources) this.#noteGrant(claim, resource);
  }

  /** It is what was asked for. */
  #checkWays({ lock, beside, title }: Claim): void {
    const mode = beside === undefined ? "exclusive" : "permits" in beside ? "permits" : "shared";
    if (lock.mode !== mode) this.#verdicts.report("valid on return", `${title} is ${lock.mode}, asked for ${mode}`);
    if (beside === undefined || !("permits" in beside)) return;
    const numbers = new Set(lock.permits.filter((number) => number >= 0 && number < beside.permits));
    if (numbers.size === beside.weight && lock.permits.length === beside.weight) return;
    this.#verdicts.report("valid on return", `${title} has not ${beside.weight} of ${beside.permits} permits`);
  }

  /** Another handle of a lock that is held already. */
  adopted(claim: Claim): void {
    this.#checkAlone(claim, "was adopted");
  }

  extended(claim: Claim): void {
    this.#checkAlone(claim, "was extended");
    for (const resource of claim.resources) {
      for (const { claim: last, ways } of this.#lastGrants.get(resource)?.values() ?? []) {
        if (last.token === claim.token || last.grantedAtMs <= claim.grantedAtMs) continue;
        if (!keepApart(claim.waysOf(resource), ways)) continue;
        this.#verdicts.report(
          "continuity",
          `${claim.title} was extended, but ${last.title} had been granted in between`,
        );
      }
    }
  }

  #noteGrant(claim: Claim, resource: string): void {
    const last = this.#lastGrants.get(resource) ?? new Map();
    this.#lastGrants.set(resource, last);
    const ways = claim.waysOf(resource);
    for (const name of namesOf(ways)) last.set(name, { claim, ways });
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
    if (claim.beside !== undefined && "permits" in claim.beside) this.#checkCount(claim, claim.beside, what);
  }

  /** By what was asked for, not by the numbers that were given. Of callers that differ, those who know of fewer have no more. */
  #checkCount({ title, resources }: Claim, { permits }: { readonly permits: number }, what: string): void {
    let sum = 0;
    for (const { isHeld, beside } of this.#ledger.openOn(resources[0]!)) {
      if (isHeld && beside !== undefined && "permits" in beside && beside.permits <= permits) sum += beside.weight;
    }
    if (sum <= permits) return;
    this.#verdicts.report("at most K", `${title} ${what}, and ${sum} of ${permits} permits are held`);
  }

  #checkTold(claim: Claim, rival: Claim, nowMs: number): void {
    if (rival.hasEnded || nowMs - rival.process.promptSinceMs < WAKING_MS) return;
    this.#verdicts.report(
      "told in time",
      `${claim.title} was granted, and ${rival.title} has not been told that it lost`,
    );
  }
}
