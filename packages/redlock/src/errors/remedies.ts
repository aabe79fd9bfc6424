/** What can be done about nodes that could not vote. */
import { isOutrun, type Votes } from "../core/refusal.ts";
import type { Unknown } from "../core/vote.ts";
import { causeOf } from "./causes.ts";
import { quote } from "./quote.ts";

/** One sentence for each kind of trouble, each followed by a space; "" when no node said what to do. */
export function remediesFor(votes: Votes, nodeNames: readonly string[]): string {
  const nodeCounts = new Map<string, number>();
  for (const vote of votes) {
    if (vote?.outcome !== "unknown" || isOutrun(vote)) continue;
    const advice = adviceOn(vote);
    if (advice !== undefined) nodeCounts.set(advice, (nodeCounts.get(advice) ?? 0) + 1);
  }
  return [...nodeCounts]
    .map(([advice, count]) => `On ${count} ${count === 1 ? "node" : "nodes"} ${withNodes(advice, nodeNames)}. `)
    .join("");
}

const DOCTOR = "`npx redlock doctor`";

function adviceOn(vote: Unknown): string | undefined {
  const cause = causeOf(vote.detail);
  if (cause !== undefined) return `${cause.isSo}: ${cause.remedy}`;
  return isReached(vote) ? undefined : `nothing answers: ${DOCTOR} looks why`;
}

function isReached({ reason }: Unknown): boolean {
  return !["disconnected", "connecting", "silent", "timeout"].includes(reason);
}

/** A cause's remedy, with doctor offered as it can be pasted: for the caller's own nodes. Their names have no password. */
export function withNodes(advice: string, nodeNames: readonly string[]): string {
  return advice.replace(DOCTOR, `\`npx redlock doctor --nodes ${quote(nodeNames.join(","))}\``);
}
