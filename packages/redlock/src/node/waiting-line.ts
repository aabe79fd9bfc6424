/** Operations that are not written yet, in order and already in batches. */
import type { Unknown } from "../core/vote.ts";
import { appendTo, type Batch } from "./batch.ts";
import { type DueVote, hasAbandoned, sift } from "./needless.ts";
import type { VoteReceiver } from "./node.ts";
import type { Operation, ReleaseOperation } from "./operation.ts";

/** More than this is no burst: whoever asks should hear so instead of waiting. */
const mostWaiting = 10_000;
/** A release that finds no room would be owed, and written before the acquire that waits here. */
const mostWithReleases = 2 * mostWaiting;

export class WaitingLine {
  #batches: Batch[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  isFullFor(operation: Operation): boolean {
    return this.#count >= (operation.kind === "release" ? mostWithReleases : mostWaiting);
  }

  add(operation: Operation, receiver: VoteReceiver, nodeIndex: number): void {
    // More than a call's worth waits: the node has fallen behind.
    const due = this.#batches.at(-1)?.isFull === true ? this.#sift() : undefined;
    appendTo(this.#batches, operation, receiver, nodeIndex);
    this.#count += 1;
    if (due !== undefined) settle(due);
  }

  /** Puts releases that nobody waits for before everything else. */
  addFirst(releases: readonly ReleaseOperation[]): void {
    const first: Batch[] = [];
    for (const release of releases) appendTo(first, release, undefined, 0);
    this.#batches.unshift(...first);
    this.#count += releases.length;
  }

  /** The next batch to write, without the acquires that nobody wants any more. */
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
   * Empties the line. Whoever waits gets the vote that `voteFor` gives; an operation for which it gives none stays. An
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
