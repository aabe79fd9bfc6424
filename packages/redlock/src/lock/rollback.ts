/**
 * After a try that was not won: the token must not stay on any node, else contenders block each other for a TTL. The
 * release goes to every node that granted or may still grant, the silent ones too, right behind the acquire.
 */
import type { Vote } from "../core/vote.ts";
import type { AcquireOperation, ReleaseOperation } from "../node/operation.ts";
import type { NodeSet } from "./node-set.ts";
import { Round } from "./round.ts";

/** `onDone` is called once: when all have answered, or after `timeoutMs`. */
export function rollBack(
  set: NodeSet,
  acquire: AcquireOperation,
  votes: readonly (Vote | undefined)[],
  timeoutMs: number,
  onDone: () => void,
): void {
  const release: ReleaseOperation = {
    kind: "release",
    keys: acquire.keys,
    token: acquire.token,
    fence: acquire.fence,
    bury: false,
    announce: false,
    buryMs: acquire.ttlMs + acquire.fenceRetentionMs,
  };
  const round = new Round(set, { onVote: (_round, _node, vote) => vote, onDecided: onDone }, Infinity);
  round.ask((node) => (mayHold(votes[node]) ? release : undefined), timeoutMs);
}

function mayHold(vote: Vote | undefined): boolean {
  if (vote === undefined || vote.outcome === "granted") return true;
  return vote.outcome === "unknown" && vote.mayHold;
}
