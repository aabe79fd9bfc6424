/**
 * Permits: a quorum of nodes must have given *the same* numbers. Each number is then a lock of its own, with at most one
 * holder; to count how many each node has given would let in more than there are.
 */
import type { Decision } from "./quorum.ts";
import type { Votes } from "./refusal.ts";

/** How many nodes gave which numbers; the largest first. */
function countsOf(votes: Votes): { readonly slots: readonly number[]; readonly count: number }[] {
  const counts = new Map<string, { readonly slots: readonly number[]; count: number }>();
  for (const vote of votes) {
    if (vote?.outcome !== "granted" || vote.slots === undefined) continue;
    const name = vote.slots.join();
    const known = counts.get(name);
    if (known === undefined) counts.set(name, { slots: vote.slots, count: 1 });
    else known.count++;
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count);
}

/** The numbers that a quorum gave. */
export function agreedSlots(votes: Votes, quorum: number): readonly number[] | undefined {
  const [most] = countsOf(votes);
  return most !== undefined && most.count >= quorum ? most.slots : undefined;
}

/** Lost as soon as no numbers can be given by a quorum any more. */
export function decideSlots(votes: Votes, nodeCount: number, quorum: number): Decision {
  const most = countsOf(votes)[0]?.count ?? 0;
  if (most >= quorum) return "won";
  let openCount = 0;
  for (let node = 0; node < nodeCount; node++) if (votes[node] === undefined) openCount++;
  return most + openCount < quorum ? "lost" : "pending";
}

/** Whether a quorum gave some, but not the same. */
export function isSplit(votes: Votes, quorum: number): boolean {
  return votes.filter((vote) => vote?.outcome === "granted").length >= quorum;
}

export function isSameSlots(one: readonly number[] | undefined, other: readonly number[] | undefined): boolean {
  return one?.join() === other?.join();
}
