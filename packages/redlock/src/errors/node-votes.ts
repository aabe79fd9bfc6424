/** What the votes of one round come to: how long to wait, and the words for people. */
import { isHeld, type Vote } from "../core/vote.ts";
import type { NodeVote } from "./errors.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { Round } from "../round/round.ts";

/** In how long enough nodes are free to grant, if nobody extends: the quorum-th smallest of what the nodes report. */
export function heldForMs(round: Round, quorum: number): number {
  const waits: number[] = [];
  for (const vote of round.votes) {
    // In its last millisecond a key has 0 ms left and is held yet; 0 says that the node is free.
    if (isHeld(vote)) waits.push(Math.max(1, vote.remainingMs));
    else if (vote !== undefined && vote.outcome !== "unknown") waits.push(0);
  }
  waits.sort((a, b) => a - b);
  return waits[quorum - 1] ?? waits.at(-1) ?? 0;
}

/**
 * In how long the restart guard lets enough nodes count to make a quorum, if none gets lost; `undefined` when it is not
 * what keeps the quorum from being reached.
 */
export function guardedForMs({ votes }: Round, quorum: number): number | undefined {
  const waits: number[] = [];
  for (const vote of votes) {
    if (vote?.outcome === "granted") waits.push(0);
    else if (vote?.outcome === "unknown" && vote.quarantinedForMs !== undefined) waits.push(vote.quarantinedForMs);
  }
  waits.sort((a, b) => a - b);
  const waitMs = waits[quorum - 1];
  return waitMs === 0 ? undefined : waitMs;
}

/** How many are before us in line where it is longest: nodes that forgot a part of it know of fewer. */
export function waitersAhead(round: Round): number | undefined {
  const counts = round.votes.flatMap((vote) =>
    isHeld(vote) && vote.waitersAhead !== undefined ? vote.waitersAhead : [],
  );
  return counts.length === 0 ? undefined : Math.max(...counts);
}

/** Whether all who refused had no holder: others are before us in line, and their turn has come. */
export function isKeptForOthers({ votes }: Round): boolean {
  const held = votes.filter(isHeld);
  return held.length > 0 && held.every((vote) => vote.holder === "" && vote.remainingMs !== Infinity);
}

/** The beginning of the token that most of those who refused say is in the way; `undefined` when none says any. */
export function holderOf(round: Round): string | undefined {
  const counts = new Map<string, number>();
  for (const vote of round.votes) {
    if (isHeld(vote) && vote.holder) counts.set(vote.holder, (counts.get(vote.holder) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** Every node's vote as an error carries it. A vote that had not come by the decision is unknown. */
export function nodeVotes(set: NodeSet, round: Round, tookMs?: number): NodeVote[] {
  const endMs = tookMs ?? set.runtime.readClocks().monotonicMs - round.askedAt.monotonicMs;
  return set.nodes.map((node, index) => {
    const vote = round.votes[index];
    const elapsedMs = Math.round((round.elapsedMs[index] ?? endMs) * 10) / 10;
    return { node: node.name, elapsedMs, ...describe(vote) };
  });
}

/** What happened elsewhere decided the round before this node's turn: nothing is wrong with it. */
export function isOutrun(vote: Vote | undefined): boolean {
  return vote === undefined || (vote.outcome === "unknown" && vote.reason === "timeout" && !vote.mayHold);
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

/** Index of the resource that most nodes refused as held. */
export function mostHeld(votes: readonly (Vote | undefined)[]): number {
  const counts = new Map<number, number>();
  for (const vote of votes) if (isHeld(vote)) counts.set(vote.resourceIndex, (counts.get(vote.resourceIndex) ?? 0) + 1);
  return [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most), [0, 0])[0];
}

/** The first error that a node or its client gave. */
export function firstCause(round: Round): unknown {
  for (const vote of round.votes) if (vote?.outcome === "unknown" && vote.cause !== undefined) return vote.cause;
  return undefined;
}
