/**
 * Which waiting operations need not be written any more.
 *
 * A quorum goes on without its slowest nodes, so a node that is only a little slower than the others falls behind for
 * as long as the load lasts: acquires wait there for locks that were released long ago. Such pairs are dropped, and
 * what is left is what is still under way.
 */
import type { Granted, Unknown, Vote } from "../core/vote.ts";
import { noEvidence } from "./known-server.ts";
import type { VoteReceiver } from "./node.ts";
import type { Operation } from "./operation.ts";

/** Operations that wait, and who waits for their votes. */
interface Gathered {
  readonly operations: readonly Operation[];
  readonly receivers: readonly (VoteReceiver | undefined)[];
  readonly nodeIndexes: readonly number[];
  isAbandoned(index: number): boolean;
}

/** Takes what is still to be written. */
export type Keep = (operation: Operation, receiver: VoteReceiver | undefined, nodeIndex: number) => void;

const abandoned = notWritten("the round was over before this node's turn came");
const released = notWritten("the lock was released before this node's turn came");
const nothingToRelease: Granted = { outcome: "granted", evidence: noEvidence, deletedCount: 0 };

/** A vote to be given when the queue is in order again: its receiver may send the next operation at once. */
export interface DueVote {
  readonly receiver: VoteReceiver | undefined;
  readonly nodeIndex: number;
  readonly vote: Vote;
}

/**
 * The batches without what is not needed: abandoned acquires, extends and heals, acquires whose release waits behind them, and
 * the releases of both. Right because an acquire is sent once per token: what waits here was never written. A release
 * that buries stays, for a heal may have been written.
 */
export function sift(batches: readonly Gathered[], keep: Keep): DueVote[] {
  const releasedTokens = releasedIn(batches);
  const droppedTokens = new Set<string>();
  const due: DueVote[] = [];
  for (const batch of batches) {
    for (let index = 0; index < batch.operations.length; index += 1) {
      const operation = batch.operations[index] as Operation;
      const receiver = batch.receivers[index];
      const nodeIndex = batch.nodeIndexes[index] as number;
      if (operation.kind === "acquire" && releasedTokens.has(operation.token)) {
        droppedTokens.add(operation.token);
        due.push({ receiver, nodeIndex, vote: receiver?.abandoned === true ? abandoned : released });
      } else if (batch.isAbandoned(index)) {
        if (operation.kind === "acquire") droppedTokens.add(operation.token);
        due.push({ receiver, nodeIndex, vote: abandoned });
      } else if (operation.kind === "release" && !operation.bury && droppedTokens.has(operation.token)) {
        due.push({ receiver, nodeIndex, vote: nothingToRelease });
      } else {
        keep(operation, receiver, nodeIndex);
      }
    }
  }
  return due;
}

function notWritten(why: string): Unknown {
  return { outcome: "unknown", reason: "timeout", detail: `not written: ${why}`, mayHold: false };
}

function releasedIn(batches: readonly Gathered[]): Set<string> {
  const tokens = new Set<string>();
  for (const batch of batches) {
    for (const operation of batch.operations) {
      if (operation.kind === "release" && !operation.bury) tokens.add(operation.token);
    }
  }
  return tokens;
}
