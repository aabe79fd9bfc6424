/** A node that gave other permits than the quorum is told to move: soon all that keep a holder show the same numbers. */
import type { SimServer } from "../server.ts";
import type { Claim } from "./claim.ts";
import { holdersOn, numbersOn } from "./kept.ts";
import type { Ledger, Verdicts } from "./ledger.ts";

/** Nothing is lost where this is asked, and nothing takes that long. */
const MOVING_MS = 500;

export function lookForStrays(
  resources: readonly string[],
  { servers, ledger, keyPrefix, nowMs }: Surroundings,
  verdicts: Verdicts,
): void {
  if (!verdicts.isArmed("strays are moved")) return;
  for (const resource of resources) {
    for (const claim of ledger.openOn(resource)) {
      if (claim.lock.mode !== "permits" || nowMs - claim.grantedAtMs < MOVING_MS || !claim.isHeld) continue;
      for (const server of servers) look(server, keyPrefix + resource, claim, verdicts);
    }
  }
}

interface Surroundings {
  readonly servers: readonly SimServer[];
  readonly ledger: Ledger;
  readonly keyPrefix: string;
  readonly nowMs: number;
}

/** A number keeps its latest holder's name: of one whose hold was given up here, that others may have the numbers it won. */
function look(server: SimServer, key: string, claim: Claim, verdicts: Verdicts): void {
  if (!holdersOn(server, key).has(claim.token)) return;
  const numbers = numbersOn(server, key, claim.token);
  if (numbers.length === 0 || numbers.join() === claim.lock.permits.join()) return;
  verdicts.report("strays are moved", `${server.name} has given ${numbers.join()} to ${claim.title}`);
}
