/** Fencing tokens are distinct, and rise from a lock that was granted to every lock that was asked for afterwards. */
import type { Claim } from "./claim.ts";
import type { Verdicts } from "./ledger.ts";

interface Grant {
  readonly grantedAtMs: number;
  /** The highest fencing token granted until then. */
  readonly highest: number;
}

export class FencingOracle {
  readonly #verdicts: Verdicts;
  readonly #grants = new Map<string, Grant[]>();
  readonly #seen = new Map<string, Set<number>>();

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  granted(claim: Claim): void {
    const { fencingToken } = claim;
    if (fencingToken === undefined) return;
    for (const resource of claim.resources) this.#check(claim, resource, fencingToken);
  }

  #check(claim: Claim, resource: string, fencingToken: number): void {
    const grants = this.#grants.get(resource) ?? [];
    const seen = this.#seen.get(resource) ?? new Set();
    this.#grants.set(resource, grants);
    this.#seen.set(resource, seen);
    if (seen.has(fencingToken))
      this.#verdicts.report("fencing order", `${claim.title} has a fencing token that was granted before`);
    seen.add(fencingToken);
    const before = grants.findLast((grant) => grant.grantedAtMs < claim.calledAtMs);
    if (before !== undefined && before.highest >= fencingToken) {
      this.#verdicts.report(
        "fencing order",
        `${claim.title} is below ${before.highest}, which was granted before it was asked for`,
      );
    }
    const highest = Math.max(fencingToken, grants.at(-1)?.highest ?? 0);
    grants.push({ grantedAtMs: claim.grantedAtMs, highest });
  }
}
