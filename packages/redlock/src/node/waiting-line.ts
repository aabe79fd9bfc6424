/** Operations that are not written yet, in order and already in batches. */
import type { Unknown } from "../core/vote.ts";
import { Batch } from "./batch.ts";
import type { VoteReceiver } from "./node.ts";
import type { Operation, ReleaseOperation } from "./operation.ts";
import { noEvidence } from "./evidence.ts";

/** More than this is no burst: whoever asks should hear so instead of waiting. */
const mostWaiting = 10_000;

const abandonedVote: Unknown = {
  outcome: "unknown",
  reason: "timeout",
  detail: "not written: the round was over before this node's turn came",
  mayHold: false,
};

export class WaitingLine {
  readonly #batches: Batch[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get isFull(): boolean {
    return this.#count >= mostWaiting;
  }

  add(operation: Operation, receiver: VoteReceiver, nodeIndex: number): void {
    let last = this.#batches[this.#batches.length - 1];
    if (last === undefined || last.isFull) {
      last = new Batch();
      this.#batches.push(last);
    }
    last.add(operation, receiver, nodeIndex);
    this.#count += 1;
  }

  /** Puts releases that nobody waits for before everything else. */
  addFirst(releases: readonly ReleaseOperation[]): void {
    const batches: Batch[] = [];
    let batch = new Batch();
    for (const release of releases) {
      if (batch.isFull) {
        batches.push(batch);
        batch = new Batch();
      }
      batch.add(release, undefined, 0);
    }
    if (batch.operations.length > 0) batches.push(batch);
    this.#batches.unshift(...batches);
    this.#count += releases.length;
  }

  /** The next batch to write, without the acquires that nobody wants any more. */
  next(): Batch | undefined {
    for (;;) {
      const batch = this.#batches.shift();
      if (batch === undefined) return undefined;
      this.#count -= batch.operations.length;
      const kept = batch.operations.some((operation, index) => isAbandoned(batch, operation, index))
        ? withoutAbandoned(batch)
        : batch;
      if (kept.operations.length > 0) return kept;
    }
  }

  /** Empties the line. Whoever waits gets the vote that `voteFor` gives; an operation for which it gives none stays. */
  dropAll(voteFor: (operation: Operation) => Unknown | undefined): void {
    this.#count = 0;
    for (const batch of this.#batches.splice(0)) {
      for (const [index, operation] of batch.operations.entries()) {
        const vote = voteFor(operation);
        if (vote === undefined) this.#keep(batch, index);
        else batch.receivers[index]?.receive(batch.nodeIndexes[index] as number, vote);
      }
    }
  }

  #keep(from: Batch, index: number): void {
    let last = this.#batches[this.#batches.length - 1];
    if (last === undefined || last.isFull) {
      last = new Batch();
      this.#batches.push(last);
    }
    last.take(from, index);
    this.#count += 1;
  }
}

function isAbandoned(batch: Batch, operation: Operation, index: number): boolean {
  return (operation.kind === "acquire" || operation.kind === "heal") && batch.receivers[index]?.abandoned === true;
}

/**
 * A release of what was dropped in the same breath has nothing to do: the acquire was never written, and without `bury` no heal was.
 */
function withoutAbandoned(batch: Batch): Batch {
  const kept = new Batch();
  const droppedTokens = new Set<string>();
  for (const [index, operation] of batch.operations.entries()) {
    const receiver = batch.receivers[index];
    const nodeIndex = batch.nodeIndexes[index] as number;
    if (isAbandoned(batch, operation, index)) {
      if (operation.kind === "acquire") droppedTokens.add(operation.token);
      receiver?.receive(nodeIndex, abandonedVote);
    } else if (operation.kind === "release" && !operation.bury && droppedTokens.has(operation.token)) {
      receiver?.receive(nodeIndex, { outcome: "granted", evidence: noEvidence, deletedCount: 0 });
    } else {
      kept.take(batch, index);
    }
  }
  return kept;
}
