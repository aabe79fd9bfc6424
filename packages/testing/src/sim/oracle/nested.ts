/** A nested handle gets what it asks for, and the context that holds it never waits for itself. */
import type { Lock } from "@quorate/redlock";

import { type Claim, READING_ERROR_MS } from "./claim.ts";
import type { Verdicts } from "./ledger.ts";

export class NestedOracle {
  readonly #verdicts: Verdicts;

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  /**
   * The nested handle was made `sinceMs` after it was asked for. A lock that is kept alive never has more than it had a
   * renewal ago.
   */
  granted(inner: Lock, ttlMs: number, sinceMs: number): void {
    const leastMs = (ttlMs * 0.99) / 2 - 2 - sinceMs - READING_ERROR_MS;
    // Or it is told at once that it has nothing.
    if (inner.remainingMs() >= leastMs || inner.signal.aborted) return;
    this.#verdicts.report(
      "nested gets its due",
      `asked for ${ttlMs} ms inside of another, and got ${inner.remainingMs().toFixed(0)}`,
    );
  }

  waitedForItself(claim: Claim): void {
    this.#verdicts.report(
      "nested gets its due",
      `${claim.title} is held by a nested handle, and its own context waits for it`,
    );
  }
}
