/**
 * After a try that was not won: the token must not stay on any node, else contenders block each other for a TTL. The
 * release goes to every node that granted or may still grant, the silent ones too, right behind the acquire.
 */
import type { Vote } from "../core/vote.ts";
import type { AcquireOperation, ReleaseOperation } from "../node/operation.ts";
import type { NodeSet } from "./node-set.ts";
import { Round } from "./round.ts";

const LEAVE_TIMEOUT_MS = 1_000;

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
  const round = new Round(set, { onVote: (_round, _node, vote) => vote, onDecided: onDone }, Infinity);
  round.ask((node) => (mayHold(votes[node]) ? release : undefined), timeoutMs);
  votes.forEach((vote, node) => {
    if (vote?.outcome === "unknown" && vote.reason === "timeout") round.receive(node, vote);
  });
}

/** A waiter that gives up: its last release once more, to end its places in the nodes' lines. Nobody waits for it. */
export function leaveLine(set: NodeSet, acquire: AcquireOperation): void {
  const release: ReleaseOperation = { ...releaseOf(acquire), waiter: acquire.place!.waiter };
  const round = new Round(set, { onVote: (_round, _node, vote) => vote, onDecided: () => {} }, Infinity);
  round.ask((node) => (set.nodes[node]!.state.status === "up" ? release : undefined), LEAVE_TIMEOUT_MS);
}

function releaseOf(acquire: AcquireOperation): ReleaseOperation {
  const { keys, token, fence, ttlMs, fenceRetentionMs } = acquire;
  const buryMs = ttlMs + fenceRetentionMs;
  return { kind: "release", keys, token, fence, bury: false, announce: false, buryMs };
}

function mayHold(vote: Vote | undefined): boolean {
  if (vote === undefined || vote.outcome === "granted") return true;
  return vote.outcome === "unknown" && vote.mayHold;
}
