/** Votes that came and are not counted, with the reason for people. What was granted must be rolled back all the same. */
import type { Unknown, Vote } from "./vote.ts";

/** Of a node that did answer. */
export function uncounted(vote: Vote, reason: Unknown["reason"], detail: string): Unknown {
  return { outcome: "unknown", reason, detail, mayHold: vote.outcome !== "refused", evidence: vote.evidence! };
}

/** The grant of a node that the restart guard does not count yet. */
export function quarantined(vote: Vote, quarantinedForMs: number): Unknown {
  const ageSeconds = Math.round((vote.evidence?.memoryAgeMs ?? 0) / 1000);
  const detail =
    `restarted ${ageSeconds} s ago and may have forgotten a lock; its vote counts again in ` +
    `${Math.ceil(quarantinedForMs / 1000)} s`;
  return { ...uncounted(vote, "restarted", detail), quarantinedForMs };
}

/** An extend's confirmation by a node that had lost the key: see core/holding.ts. */
export function doubted(vote: Vote): Unknown {
  return uncounted(vote, "restarted", "its key was made again; it counts from the next round that a quorum confirms");
}
