/** Whether a node's vote counts for a lock that is new here: for one that is acquired, or adopted from elsewhere. */
import { quarantineMs } from "../core/restart-guard.ts";
import type { Vote } from "../core/vote.ts";
import type { NodeSet } from "./nodes.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import { quarantined, uncounted } from "../core/uncounted.ts";

/** The restart check is part of the vote: between a check made before and the vote, the node could have restarted. */
export function admit(set: NodeSet, { call }: AcquireRequest, node: number, vote: Vote): Vote {
  if (vote.outcome === "unknown" && vote.evidence === undefined) return vote;
  const evidence = vote.evidence!;
  const conflict = set.identify(node, evidence);
  if (conflict !== undefined) return uncounted(vote, "error", conflict);
  if (vote.outcome !== "granted") return vote;
  const quarantinedForMs = quarantineMs(evidence, call.restartGuardMs, set.options.driftFactor);
  set.noteQuarantine(node, quarantinedForMs);
  return quarantinedForMs === 0 ? vote : quarantined(vote, quarantinedForMs);
}
