/**
 * Fencing tokens are distinct, and rise from a lock that was granted to every lock that was asked for afterwards and
 * cannot be beside it: among readers, and among different permits, they are in no order.
 */
import type { Claim } from "./claim.ts";
import type { Verdicts } from "./ledger.ts";
import { namesOf } from "./ways.ts";

interface Grant {
  readonly grantedAtMs: number;
  /** The highest fencing token granted until then. */
  readonly highest: number;
}

/** What was granted of one resource in one way. */
interface Granted {
  readonly grants: Grant[];
  readonly seen: Set<number>;
}

export class FencingOracle {
  readonly #verdicts: Verdicts;
  readonly #granted = new Map<string, Map<string, Granted>>();

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  granted(claim: Claim): void {
    const { fencingToken } = claim;
    if (fencingToken === undefined) return;
    for (const resource of claim.resources) {
      const granted = this.#granted.get(resource) ?? new Map<string, Granted>();
      this.#granted.set(resource, granted);
      const names = namesOf(claim.waysOf(resource));
      for (const [name, before] of granted) {
        if (names.some((own) => areOrdered(own, name))) this.#check(claim, fencingToken, before);
      }
      for (const name of names) note(granted, name, fencingToken, claim.grantedAtMs);
    }
  }

  #check(claim: Claim, fencingToken: number, { grants, seen }: Granted): void {
    if (seen.has(fencingToken))
      this.#verdicts.report("fencing order", `${claim.title} has a fencing token that was granted before`);
    const before = grants.findLast((grant) => grant.grantedAtMs < claim.calledAtMs);
    if (before !== undefined && before.highest >= fencingToken) {
      this.#verdicts.report(
        "fencing order",
        `${claim.title} is below ${before.highest}, which was granted before it was asked for`,
      );
    }
  }
}

function areOrdered(one: string, other: string): boolean {
  if (one === other) return one !== "shared";
  return !(one.startsWith("permit ") && other.startsWith("permit "));
}

function note(granted: Map<string, Granted>, name: string, fencingToken: number, grantedAtMs: number): void {
  const { grants, seen } = granted.get(name) ?? { grants: [], seen: new Set() };
  granted.set(name, { grants, seen });
  seen.add(fencingToken);
  grants.push({ grantedAtMs, highest: Math.max(fencingToken, grants.at(-1)?.highest ?? 0) });
}
