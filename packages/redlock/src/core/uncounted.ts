/** Votes that came and are not counted, with the reason for people. What was granted must be rolled back all the same. */
import type { Unknown, Vote } from "./vote.ts";

/** Of a node that did answer. */
export function uncounted(vote: Vote, reason: Unknown["reason"], detail: string): Unknown {
  return { outcome: "unknown", reason, detail, mayHold: vote.outcome !== "refused", evidence: vote.evidence! };
}

/** The grant of a node that the restart guard does not count yet. */
export function quarantined(vote: Vote, quarantinedForMs: number): Unknown {
  const { memoryAgeMs, cause } = vote.evidence!;
  const since = `${beginningOf(cause)} ${Math.round(memoryAgeMs / 1000)} s ago`;
  const again = cause === "fresh" ? "" : " again";
  const detail = `${since} and may have forgotten a lock; its vote counts${again} in ${Math.ceil(quarantinedForMs / 1000)} s`;
  return { ...uncounted(vote, "restarted", detail), quarantinedForMs };
}

/** What a node's memory began with, by a cause of lua/life.lua; "... 5 s ago" may follow. */
export function beginningOf(cause: string): string {
  return BEGINNINGS[cause] ?? BEGINNINGS["replaced"]!;
}

const BEGINNINGS: Readonly<Record<string, string>> = {
  fresh: "new to locks, or flushed,",
  restarted: "restarted",
  promoted: "promoted",
  replaced: "came with other data, or in another server's place,",
  clock: "its clock was set back",
};

/** The grant of a node that cannot keep the record of how old its memory is: it does not count however long one waits. */
export function ageless(vote: Vote): Unknown {
  return uncounted(vote, "error", `cannot keep the record of how old its memory is: ${vote.evidence!.cause}`);
}

/** An extend's confirmation by a node that had lost the key: see core/holding.ts. */
export function doubted(vote: Vote): Unknown {
  return uncounted(vote, "restarted", "its key was made again; it counts from the next round that a quorum confirms");
}
