/** Operations that are not written yet, in order and already in batches. */
import type { Granted, Unknown, Vote } from "../core/vote.ts";
import { appendTo, type Batch } from "./batch.ts";
import { noEvidence } from "./evidence.ts";
import type { VoteReceiver } from "./node.ts";
import type { Operation, ReleaseOperation } from "./operation.ts";

/** More than this is no burst: the caller should hear so instead of waiting. */
const mostWaiting = 10_000;

export class WriteQueue {
  #batches: Batch[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /**
   * Never for a release: it would be owed, though the node is well, and written before the acquire that waits here. There
   * are no more of them than acquires were written.
   */
  isFullFor(operation: Operation): boolean {
    return operation.kind !== "release" && this.#count >= mostWaiting;
  }

  add(operation: Operation, receiver: VoteReceiver, nodeIndex: number): void {
    // More than a call's worth waits: the node has fallen behind.
    const due = this.#batches.at(-1)?.isFull === true ? this.#sift() : undefined;
    appendTo(this.#batches, operation, receiver, nodeIndex);
    this.#count += 1;
    if (due !== undefined) settle(due);
  }

  /** Puts releases, whose answers are not waited for, before everything else. */
  addFirst(releases: readonly ReleaseOperation[]): void {
    const first: Batch[] = [];
    for (const release of releases) appendTo(first, release, undefined, 0);
    this.#batches.unshift(...first);
    this.#count += releases.length;
  }

  /** The next batch to write, without the acquires whose callers have given up. */
  next(): Batch | undefined {
    for (;;) {
      const batch = this.#batches.shift();
      if (batch === undefined) return undefined;
      this.#count -= batch.operations.length;
      if (!hasAbandoned(batch)) return batch;
      const { kept, due } = sift([batch]);
      settle(due);
      if (kept[0] !== undefined) return kept[0];
    }
  }

  /**
   * Empties the queue. Each receiver gets the vote that `voteFor` gives; an operation for which it gives none stays. An
   * acquire and its own release go together, and nothing is owed for them.
   */
  dropAll(voteFor: (operation: Operation) => Unknown | undefined): void {
    const due = this.#sift();
    const kept: Batch[] = [];
    for (const batch of this.#batches) {
      for (const [index, operation] of batch.operations.entries()) {
        const receiver = batch.receivers[index];
        const nodeIndex = batch.nodeIndexes[index] as number;
        const vote = voteFor(operation);
        if (vote === undefined) appendTo(kept, operation, receiver, nodeIndex);
        else due.push({ receiver, nodeIndex, vote });
      }
    }
    this.#replace(kept);
    settle(due);
  }

  #sift(): DueVote[] {
    const { kept, due } = sift(this.#batches);
    this.#replace(kept);
    return due;
  }

  #replace(batches: Batch[]): void {
    this.#batches = batches;
    this.#count = batches.reduce((sum, batch) => sum + batch.operations.length, 0);
  }
}

function settle(due: readonly DueVote[]): void {
  for (const { receiver, nodeIndex, vote } of due) receiver?.receive(nodeIndex, vote);
}

/**
 * Which waiting operations need not be written any more.
 *
 * A quorum goes on without its slowest nodes, so a node that is only a little slower than the others falls behind for
 * as long as the load lasts: acquires wait there for locks that were released long ago. Such pairs are dropped, and
 * what is left is what is still under way.
 */
const abandoned = notWritten("the round was over before this node's turn came");
const released = notWritten("the lock was released before this node's turn came");
const nothingToRelease: Granted = { outcome: "granted", evidence: noEvidence, deletedCount: 0 };

/** A vote to be given when the queue is in order again: its receiver may send the next operation at once. */
interface DueVote {
  readonly receiver: VoteReceiver | undefined;
  readonly nodeIndex: number;
  readonly vote: Vote;
}

/** Asked of every batch before it is written: plain loops here and below, for iterators are garbage by the thousand. */
function hasAbandoned(batch: Batch): boolean {
  for (let index = 0; index < batch.operations.length; index += 1) if (isAbandoned(batch, index)) return true;
  return false;
}

function isAbandoned(batch: Batch, index: number): boolean {
  const { kind } = batch.operations[index] as Operation;
  return (kind === "acquire" || kind === "heal" || kind === "extend") && batch.receivers[index]?.abandoned === true;
}

/**
 * The batches without what is not needed: abandoned acquires, extends and heals, acquires whose release waits behind them, and
 * the releases of both. Right because an acquire is sent once per token: what waits here was never written. A release
 * that buries stays, for a heal may have been written.
 */
function sift(batches: readonly Batch[]): { readonly kept: Batch[]; readonly due: DueVote[] } {
  const releasedTokens = releasedIn(batches);
  const droppedTokens = new Set<string>();
  const kept: Batch[] = [];
  const due: DueVote[] = [];
  for (const batch of batches) {
    for (let index = 0; index < batch.operations.length; index += 1) {
      const operation = batch.operations[index] as Operation;
      const receiver = batch.receivers[index];
      const nodeIndex = batch.nodeIndexes[index] as number;
      if (operation.kind === "acquire" && releasedTokens.has(operation.token)) {
        droppedTokens.add(operation.token);
        due.push({ receiver, nodeIndex, vote: receiver?.abandoned === true ? abandoned : released });
      } else if (isAbandoned(batch, index)) {
        if (operation.kind === "acquire") droppedTokens.add(operation.token);
        due.push({ receiver, nodeIndex, vote: abandoned });
      } else if (operation.kind === "release" && !operation.bury && droppedTokens.has(operation.token)) {
        due.push({ receiver, nodeIndex, vote: nothingToRelease });
      } else {
        appendTo(kept, operation, receiver, nodeIndex);
      }
    }
  }
  return { kept, due };
}

function notWritten(why: string): Unknown {
  return { outcome: "unknown", reason: "timeout", detail: `not written: ${why}`, mayHold: false };
}

function releasedIn(batches: readonly Batch[]): Set<string> {
  const tokens = new Set<string>();
  for (const batch of batches) {
    for (const operation of batch.operations) {
      if (operation.kind === "release" && !operation.bury) tokens.add(operation.token);
    }
  }
  return tokens;
}
