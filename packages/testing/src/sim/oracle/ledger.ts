/**
 * Every claim of a run, and what is wrong with them. The ledger is told of each event at the moment it happens, in
 * true time, which nobody inside the simulated world has; so nothing is estimated here.
 */
import type { OracleName } from "../plan.ts";
import type { SimProcess } from "../process.ts";
import type { Claim } from "./claim.ts";

/** A promise that a run did not keep, and the moment of true time at which that was seen. */
export interface Violation {
  readonly oracle: OracleName;
  readonly atMs: number;
  readonly detail: string;
}

/** Where oracles report; only those that hold for the profile are heard. */
export class Verdicts {
  readonly #armed: ReadonlySet<OracleName>;
  readonly #nowMs: () => number;
  readonly violations: Violation[] = [];

  constructor(armed: readonly OracleName[], nowMs: () => number) {
    this.#armed = new Set(armed);
    this.#nowMs = nowMs;
  }

  isArmed(oracle: OracleName): boolean {
    return this.#armed.has(oracle);
  }

  report(oracle: OracleName, detail: string): void {
    if (this.isArmed(oracle)) this.violations.push({ oracle, atMs: this.#nowMs(), detail });
  }
}

export class Ledger {
  /** Claims that may still be held, by resource. */
  readonly #open = new Map<string, Set<Claim>>();
  readonly byToken: Map<string, Claim> = new Map();
  grantedCount = 0;

  add(claim: Claim): void {
    this.grantedCount += 1;
    this.byToken.set(claim.token, claim);
    for (const resource of claim.resources) this.openOn(resource).add(claim);
  }

  /** Forgets those that can no longer matter to anybody. */
  openOn(resource: string): Set<Claim> {
    let claims = this.#open.get(resource);
    if (claims === undefined) {
      claims = new Set();
      this.#open.set(resource, claims);
    }
    for (const claim of claims) if (claim.hasEnded) claims.delete(claim);
    return claims;
  }

  /** Whether a caller of this process may hold one of them. */
  hasOpen(process: SimProcess, resources: readonly string[]): boolean {
    return resources.some((resource) => [...this.openOn(resource)].some((claim) => claim.process === process));
  }

  /** Everybody else's who cannot be beside it. Two handles of one token are one lock. */
  rivalsOf(claim: Claim): Claim[] {
    const rivals = new Set<Claim>();
    for (const resource of claim.resources) {
      for (const other of this.openOn(resource))
        if (other.token !== claim.token && claim.keepsOut(other)) rivals.add(other);
    }
    return [...rivals];
  }
}
