/**
 * After a try that was not won: the token must not stay on any node, else contenders block each other for a TTL. The
 * release goes to every node that granted or may still grant, the silent ones too, right behind the acquire.
 */
import type { Vote } from "../core/vote.ts";
import type { VoteReceiver } from "../node/node.ts";
import type { AcquireOperation, ReleaseOperation } from "../node/operation.ts";
import type { NodeSet } from "./node-set.ts";
import { Round } from "./round.ts";

/**
 * `onDone` is called once: when all have answered, or after `timeoutMs`. A node that had its time in the lost round is
 * sent the release too, but not waited for: a majority that hangs would else cost its caller two node timeouts.
 */
export function rollBack(
  set: NodeSet,
  acquire: AcquireOperation,
  votes: readonly (Vote | undefined)[],
  timeoutMs: number,
  onDone: () => void,
): void {
  const release = releaseOf(acquire);
  // The tombstone must not refuse our own next try.
  if (acquire.fence > 0) set.highestFence = Math.max(set.highestFence, acquire.fence + 1);
  const round = new Round(set, { onVote: (_round, _node, vote) => vote, onDecided: onDone }, Infinity);
  round.ask((node) => (mayHold(votes[node]) ? release : undefined), timeoutMs);
  votes.forEach((vote, node) => {
    if (vote?.outcome === "unknown" && vote.reason === "timeout") round.receive(node, vote);
  });
}

/** Ends the places that a try took in a node's lines: its waiter holds now, or gives up. Nobody waits for the answer. */
export function leaveLine(set: NodeSet, { keys, place }: AcquireOperation, node: number): void {
  if (place !== undefined) set.nodes[node]!.send({ kind: "leave", keys, waiter: place.waiter }, nobody, node);
}

const nobody: VoteReceiver = { receive() {}, abandoned: false };

function releaseOf(acquire: AcquireOperation): ReleaseOperation {
  const { keys, token, fence, ttlMs, fenceRetentionMs, place } = acquire;
  const buryMs = ttlMs + fenceRetentionMs;
  return { kind: "release", keys, token, fence, bury: false, announce: false, buryMs, place };
}

function mayHold(vote: Vote | undefined): boolean {
  if (vote === undefined || vote.outcome === "granted") return true;
  return vote.outcome === "unknown" && vote.mayHold;
}
