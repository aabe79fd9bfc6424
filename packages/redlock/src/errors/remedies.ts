/** What can be done about nodes that could not vote. */
import type { Unknown, Vote } from "../core/vote.ts";
import { isOutrun } from "../core/refusal.ts";

const OTHER_DATA = "the key is in use by other data, which is left as it is: take another name, or a keyPrefix";
const LOGIN = "the user name or the password is missing or wrong: mend it in the address, or in the client";

/** By the word that Redis, or our script, begins an error with; where the rest of its words does not tell anyway. */
const REMEDIES: Readonly<Record<string, string>> = {
  WRONGTYPE: OTHER_DATA,
  FENCE: OTHER_DATA,
  NOPERM: "the Redis user lacks rights: `npx redlock doctor` names them",
  NOAUTH: LOGIN,
  WRONGPASS: LOGIN,
  OOM: "memory is used up: raise maxmemory, or keep other data elsewhere",
  READONLY: "the server is a replica: put a master of its own in its place",
  LOADING: "the server is loading its data: wait longer (waitMs)",
  AHEAD: "the clock is more than a day behind this machine's: set both right",
};

const UNREACHED = "nothing answers: `npx redlock doctor` looks why";

/** One sentence for each kind of trouble, each followed by a space; "" when no node said what to do. */
export function remediesFor(votes: readonly (Vote | undefined)[]): string {
  const nodeCounts = new Map<string, number>();
  for (const vote of votes) {
    if (vote?.outcome !== "unknown" || isOutrun(vote)) continue;
    const remedy = Object.entries(REMEDIES).find(([word]) => new RegExp(`\\b${word}\\b`).test(vote.detail))?.[1];
    const advice = remedy ?? (isReached(vote) ? undefined : UNREACHED);
    if (advice !== undefined) nodeCounts.set(advice, (nodeCounts.get(advice) ?? 0) + 1);
  }
  return [...nodeCounts].map(([advice, count]) => `On ${count} ${count === 1 ? "node" : "nodes"} ${advice}. `).join("");
}

function isReached({ reason }: Unknown): boolean {
  return !["disconnected", "connecting", "silent", "timeout"].includes(reason);
}
