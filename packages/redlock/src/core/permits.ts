/**
 * Permits: a quorum of nodes must have given *the same* numbers. Each number is then a lock of its own, with at most one
 * holder; to count how many each node has given would let in more than there are.
 */
import type { Decision } from "./quorum.ts";
import type { Votes } from "./refusal.ts";

/** Of permits, ascending. */
type Numbers = readonly number[];

/** How many nodes gave which numbers; the largest first. */
function countsOf(given: readonly Numbers[]): { readonly slots: Numbers; readonly count: number }[] {
  const counts = new Map<string, { readonly slots: Numbers; count: number }>();
  for (const slots of given) {
    const name = slots.join();
    const known = counts.get(name);
    if (known === undefined) counts.set(name, { slots, count: 1 });
    else known.count++;
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count);
}

function givenIn(votes: Votes): Numbers[] {
  return votes.flatMap((vote) => (vote?.outcome === "granted" && vote.slots !== undefined ? [vote.slots] : []));
}

/** The numbers that a quorum gave, of what each node gave to one token. */
export function agreedNumbers(given: readonly Numbers[], quorum: number): Numbers | undefined {
  const [most] = countsOf(given);
  return most !== undefined && most.count >= quorum ? most.slots : undefined;
}

/** The same of an acquire. */
export function agreedSlots(votes: Votes, quorum: number): Numbers | undefined {
  return agreedNumbers(givenIn(votes), quorum);
}

/** Lost as soon as no numbers can be given by a quorum any more. */
export function decideSlots(votes: Votes, nodeCount: number, quorum: number): Decision {
  const most = countsOf(givenIn(votes))[0]?.count ?? 0;
  if (most >= quorum) return "won";
  let openCount = 0;
  for (let node = 0; node < nodeCount; node++) if (votes[node] === undefined) openCount++;
  return most + openCount < quorum ? "lost" : "pending";
}

/**
 * Whether a lost round has enough nodes that give some, and was lost because they did not give the same. A node that has
 * not voted yet counts with them: it is not waited for once no numbers can be given by a quorum.
 */
export function isSplit(votes: Votes, nodeCount: number, quorum: number): boolean {
  let otherCount = 0;
  for (const vote of votes) if (vote !== undefined && vote.outcome !== "granted") otherCount++;
  return nodeCount - otherCount >= quorum;
}

export function isSameSlots(one: readonly number[] | undefined, other: readonly number[] | undefined): boolean {
  return one?.join() === other?.join();
}
