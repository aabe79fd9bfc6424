/** Never more permits of a resource are held at one time than its callers say that there are, whatever their numbers. */
import { holdsByResource, type Hold } from "../history/hold.ts";
import { okIfChecked, type CheckResult, type Events, shown } from "./result.ts";

/**
 * Of callers that say different numbers the highest counts. Two handles with one token are one lock. Inconclusive when
 * nobody got permits while somebody else had some. `checkedCount`: how often somebody did.
 */
export function atMost({ events }: Events): CheckResult {
  let checkedCount = 0;
  for (const [resource, holds] of holdsByResource(events)) {
    let current: Hold[] = [];
    /** Who adopts a lock does not say it. */
    const said = new Map<string, number>();
    for (const hold of holds) {
      const { permits, token } = hold;
      if (permits === undefined) continue;
      const of = permits.of ?? said.get(token) ?? Infinity;
      said.set(token, of);
      if (hold.endedAtMs <= hold.grantedAtMs) continue;
      current = current.filter((earlier) => earlier.endedAtMs > hold.grantedAtMs && earlier.token !== token);
      current.push(hold);
      const most = Math.max(...current.map((each) => said.get(each.token)!));
      if (countOf(current) > most || permits.numbers.some((number) => number >= of)) {
        return violation(resource, current, most);
      }
      if (current.length > 1) checkedCount += 1;
    }
  }
  return okIfChecked(checkedCount, "nobody got permits while somebody else had some");
}

function countOf(holds: readonly Hold[]): number {
  return holds.reduce((sum, { permits }) => sum + permits!.numbers.length, 0);
}

function violation(resource: string, holds: readonly Hold[], of: number): CheckResult {
  const who = holds.map(({ holder, permits }) => `${holder} has ${permits!.numbers.join(", ")}`).join("; ");
  return {
    verdict: "violation",
    message: `${resource}: ${countOf(holds)} of ${of} permits at ${shown(holds.at(-1)!.grantedAtMs)} ms: ${who}`,
    evidence: holds.flatMap((hold) => [...hold.events]),
  };
}
