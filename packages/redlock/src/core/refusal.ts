/** What the votes of a round that was not won say: why, for how long, and what to wait for. */
import { isHeld, type RefusedHeld, type Vote } from "./vote.ts";

/** One entry per node; `undefined` until it has voted. */
export type Votes = readonly (Vote | undefined)[];

/**
 * Why no quorum granted. Held only where enough nodes said so to keep every caller out: where a higher fencing token would
 * have won, the next try is made at once, since no release would be announced.
 */
export function refusalOf(votes: Votes, nodeCount: number, quorum: number): "held" | "stale" | "unavailable" {
  const count = (matches: (vote: Vote) => boolean) =>
    votes.reduce((sum, vote) => (vote !== undefined && matches(vote) ? sum + 1 : sum), 0);
  if (nodeCount - count((vote) => vote.outcome === "unknown") < quorum) return "unavailable";
  const heldCount = count((vote) => vote.outcome === "refused" && vote.reason === "held");
  const staleCount = count((vote) => vote.outcome === "refused" && vote.reason === "stale");
  if (staleCount > 0 && nodeCount - heldCount >= quorum) return "stale";
  return heldCount > 0 ? "held" : "unavailable";
}

/** In how long enough nodes are free to grant, if the holder does not extend: the quorum-th smallest of what the nodes report. */
export function heldForMs(votes: Votes, quorum: number): number {
  const waits: number[] = [];
  for (const vote of votes) {
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
export function guardedForMs(votes: Votes, quorum: number): number | undefined {
  const waits: number[] = [];
  for (const vote of votes) {
    if (vote?.outcome === "granted") waits.push(0);
    else if (vote?.outcome === "unknown" && vote.quarantinedForMs !== undefined) waits.push(vote.quarantinedForMs);
  }
  waits.sort((a, b) => a - b);
  const waitMs = waits[quorum - 1];
  return waitMs === 0 ? undefined : waitMs;
}

/** In what steps servers tell how long they have run: the guard's end may come so much sooner than it is told. */
const AGE_STEP_MS = 1_000;

/**
 * The same if every node whose standing is not known voted at once: no quorum can count sooner. 0 where one could.
 */
export function guardedForMsAtLeast(votes: Votes, quorum: number): number {
  const waits = votes.map((vote) => (vote?.outcome === "unknown" ? (vote.quarantinedForMs ?? 0) : 0));
  return Math.max(0, (waits.toSorted((a, b) => a - b)[quorum - 1] ?? 0) - AGE_STEP_MS);
}

/** How many are before us in line where it is longest: nodes that forgot a part of it know of fewer. */
export function waitersAhead(votes: Votes): number | undefined {
  const counts = votes.flatMap((vote) => (isHeld(vote) && vote.waitersAhead !== undefined ? vote.waitersAhead : []));
  return counts.length === 0 ? undefined : Math.max(...counts);
}

/** Whether all who refused had no holder: others are before us in line, and their turn has come. */
export function isKeptForOthers(votes: Votes): boolean {
  const held = votes.filter(isHeld);
  return held.length > 0 && held.every((vote) => vote.holder === "" && vote.remainingMs !== Infinity);
}

/** The token, without its secret, that most of those who refused say is in the way; `undefined` when none says any. */
export function holderOf(votes: Votes): string | undefined {
  return [...holderCounts(votes)].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

function holderCounts(votes: Votes): Map<string, number> {
  const counts = new Map<string, number>();
  for (const vote of votes) {
    if (isHeld(vote) && vote.holder) counts.set(vote.holder, (counts.get(vote.holder) ?? 0) + 1);
  }
  return counts;
}

/** The nodes that granted, and were rolled back, or would have granted a higher fencing token. */
export function freeNodes(votes: Votes): number[] {
  return [...votes.keys()].filter((node) => {
    const vote = votes[node];
    return vote?.outcome === "granted" || (vote?.outcome === "refused" && !isHeld(vote));
  });
}

/** Whether nobody has it: callers who asked at once have each got a part of the nodes, and take that back. */
export function isSplitUp(votes: Votes, quorum: number): boolean {
  const counts = holderCounts(votes);
  return counts.size > 0 && Math.max(...counts.values()) < quorum;
}

/** How the resource is held, by the first node that says so. */
export function modeOf(votes: Votes): RefusedHeld["mode"] {
  return votes.find((vote): vote is RefusedHeld => isHeld(vote) && vote.mode !== undefined)?.mode;
}

/** Index of the resource that most nodes refused as held. */
export function mostHeld(votes: Votes): number {
  const counts = new Map<number, number>();
  for (const vote of votes) if (isHeld(vote)) counts.set(vote.resourceIndex, (counts.get(vote.resourceIndex) ?? 0) + 1);
  return [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most), [0, 0])[0];
}

/** What happened elsewhere decided the round before this node's turn: nothing is wrong with it. */
export function isOutrun(vote: Vote | undefined): boolean {
  return vote === undefined || (vote.outcome === "unknown" && vote.reason === "timeout" && !vote.mayHold);
}
