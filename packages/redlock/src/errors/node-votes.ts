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

/** For a message: one clause for all nodes that said the same, closed by a full stop. Nothing of nodes that the round did not wait for. */
export function listVotes(votes: readonly NodeVote[]): string {
  const known = votes.filter(({ detail }) => detail !== OUTRUN_DETAIL);
  const groups = new Map<string, NodeVote[]>();
  for (const vote of known.length > 0 ? known : votes) {
    const kind = gistOf(vote);
    groups.set(kind, [...(groups.get(kind) ?? []), vote]);
  }
  return `${[...groups.values()].map(clause).join("; ")}.`;
}

/** What two nodes must have in common to be told in one clause: their words without addresses and numbers. */
function gistOf({ node, outcome, reason, detail }: NodeVote): string {
  return JSON.stringify([outcome, reason, withoutAddress(detail, node).replaceAll(/\d+(?:\.\d+)?/g, "#")]);
}

/** The node stands before the clause already. */
function withoutAddress(detail: string, node: string): string {
  return detail.replace(` ${node}`, "").replace(/ \S+:\d+$/, "");
}

function clause(group: readonly NodeVote[]): string {
  const [{ node, outcome, reason, detail: words }] = group as readonly [NodeVote];
  const names = group.map((vote) => vote.node).join(", ");
  const detail = withoutAddress(words, node);
  if (outcome === "granted") return `${names}: yes`;
  if (outcome === "refused") return `${names}: ${reason} (${detail})`;
  // A node that the guard keeps out says itself whether it was restarted, promoted or flushed.
  const isWhole = detail.startsWith(reason) || reason === "restarted";
  const what = detail === "" || isWhole ? detail || reason : `${reason} (${detail})`;
  // The others were not asked, or tell a time of their own.
  const elapsedMs = Math.max(...group.map((vote) => vote.elapsedMs));
  return `${names}: ${what}${reason === "timeout" || reason === "error" ? ` after ${elapsedMs} ms` : ""}`;
}

/** The first error that a node or its client gave, as an error; none of nodes that the round did not wait for. */
export function firstCause(votes: Votes): unknown {
  for (const vote of votes) {
    if (vote?.outcome !== "unknown" || isOutrun(vote)) continue;
    if (vote.cause !== undefined) return vote.cause;
    // What the script was refused, or what made the connection go, comes in words.
    if (["error", "disconnected", "connecting"].includes(vote.reason) && vote.detail !== "")
      return new Error(vote.detail);
  }
  return undefined;
}
