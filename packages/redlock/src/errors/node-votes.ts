/** What each node said in one round, for errors. */
import { isOutrun, type Votes } from "../core/refusal.ts";
import type { Vote } from "../core/vote.ts";
import type { NodeVote } from "./errors.ts";

/** One round, as errors tell of it. */
export interface RoundReport {
  readonly nodeNames: readonly string[];
  readonly quorum: number;
  readonly votes: Votes;
  /** Per node, from the round's start to its vote; none of a grant. */
  readonly elapsedMs: readonly (number | undefined)[];
  /** From the round's start to its end. */
  readonly tookMs: number;
}

/** Every node's vote as an error carries it. A vote that had not come by the decision is unknown. */
export function nodeVotes({ nodeNames, votes, elapsedMs, tookMs }: RoundReport): NodeVote[] {
  return nodeNames.map((node, index) => {
    const tenths = Math.round((elapsedMs[index] ?? tookMs) * 10);
    return { node, elapsedMs: tenths / 10, ...describe(votes[index]) };
  });
}

const OUTRUN_DETAIL = "decided before its vote";

function describe(vote: Vote | undefined): Pick<NodeVote, "outcome" | "reason" | "detail"> {
  if (vote === undefined || isOutrun(vote)) return { outcome: "unknown", reason: "timeout", detail: OUTRUN_DETAIL };
  if (vote.outcome === "granted") return { outcome: "granted", reason: "", detail: "" };
  if (vote.outcome === "unknown") return { outcome: "unknown", reason: vote.reason, detail: vote.detail };
  if (vote.reason === "held") {
    const who = vote.holder === "" ? "others are before in line, " : "";
    return { outcome: "refused", reason: "held", detail: `${who}for ${vote.remainingMs} ms yet` };
  }
  if (vote.reason === "stale") {
    return { outcome: "refused", reason: "stale", detail: `has seen the fencing token ${vote.fence}` };
  }
  return { outcome: "refused", reason: "lost", detail: "the lock key is not ours" };
}

/** For a message: one clause a node, closed by a full stop. Nothing of nodes that nobody waited for. */
export function listVotes(votes: readonly NodeVote[]): string {
  const known = votes.filter(({ detail }) => detail !== OUTRUN_DETAIL);
  const lines = (known.length > 0 ? known : votes).map(({ node, outcome, reason, detail, elapsedMs }) => {
    if (outcome === "granted") return `${node}: yes`;
    if (outcome === "refused") return `${node}: ${reason} (${detail})`;
    const what = detail === "" || detail.startsWith(reason) ? detail || reason : `${reason} (${detail})`;
    // The others were not asked, or tell a time of their own.
    return `${node}: ${what}${reason === "timeout" || reason === "error" ? ` after ${elapsedMs} ms` : ""}`;
  });
  return `${lines.join("; ")}.`;
}

/** The first error that a node or its client gave. */
export function firstCause(votes: Votes): unknown {
  for (const vote of votes) if (vote?.outcome === "unknown" && vote.cause !== undefined) return vote.cause;
  return undefined;
}
