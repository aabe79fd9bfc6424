/** Operations on their way to a node, in batches that travel in one script call each: those that wait, and those in flight. */
import type { Unknown } from "../core/vote.ts";
import { estimateBytes } from "./encode.ts";
import type { VoteReceiver } from "./node.ts";
import type { Operation, ReleaseOperation } from "./operation.ts";
import { type DueVote, type Keep, sift } from "./sift.ts";

/** A script call blocks the node for about 10 µs per operation: 512 of them for some milliseconds. */
const mostOperations = 512;
const mostBytes = 64 * 1024;

export class Batch {
  readonly operations: Operation[] = [];
  /** `undefined` for an owed release, whose vote was given when it became owed. */
  readonly receivers: (VoteReceiver | undefined)[] = [];
  readonly nodeIndexes: number[] = [];
  /** The monotonic clock when it was handed to the connection, or was written again with the script's text. */
  writtenAtMs = 0;
  unansweredCount = 0;
  #byteCount = 0;

  get isFull(): boolean {
    return this.operations.length >= mostOperations || this.#byteCount >= mostBytes;
  }

  add(operation: Operation, receiver: VoteReceiver | undefined, nodeIndex: number): void {
    this.operations.push(operation);
    this.receivers.push(receiver);
    this.nodeIndexes.push(nodeIndex);
    this.#byteCount += estimateBytes(operation);
  }

  /** Whether its caller has given up, and it need not be written. */
  isAbandoned(index: number): boolean {
    const { kind } = this.operations[index] as Operation;
    return (kind === "acquire" || kind === "heal" || kind === "extend") && this.receivers[index]?.abandoned === true;
  }

  /** Asked before it is written: a plain loop, for iterators are garbage by the thousand. */
  hasAbandoned(): boolean {
    for (let index = 0; index < this.operations.length; index += 1) if (this.isAbandoned(index)) return true;
    return false;
  }
}

/** Adds an operation to the last of the batches, or to a new one behind it. */
function appendTo(batches: Batch[], operation: Operation, receiver: VoteReceiver | undefined, nodeIndex: number): void {
  let last = batches[batches.length - 1];
  if (last === undefined || last.isFull) {
    last = new Batch();
    batches.push(last);
  }
  last.add(operation, receiver, nodeIndex);
}

function keepIn(batches: Batch[]): Keep {
  return (operation, receiver, nodeIndex) => appendTo(batches, operation, receiver, nodeIndex);
}

/** More than this is no burst: the caller should hear so instead of waiting. */
const mostWaiting = 10_000;

/** Operations that are not written yet, in order. */
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
      if (!batch.hasAbandoned()) return batch;
      const kept: Batch[] = [];
      settle(sift([batch], keepIn(kept)));
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
    const kept: Batch[] = [];
    const due = sift(this.#batches, keepIn(kept));
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

/** The batches that are written and not answered, in the order written. */
export class InFlight {
  readonly #batches: Batch[] = [];
  #onEmpty: (() => void) | undefined;
  /** Also counts those that the client has given up: they may still sit in its buffers, or in the network's. */
  writtenSinceAnswer = 0;

  get count(): number {
    return this.#batches.length;
  }

  /** `undefined` when everything is answered. */
  get oldest(): Batch | undefined {
    return this.#batches[0];
  }

  add(batch: Batch, nowMs: number): void {
    batch.writtenAtMs = nowMs;
    batch.unansweredCount = batch.operations.length;
    this.#batches.push(batch);
    this.writtenSinceAnswer += 1;
  }

  /** Some or all of a batch's operations were answered, or never will be. */
  settle(batch: Batch, operationCount: number): void {
    batch.unansweredCount -= operationCount;
    if (batch.unansweredCount > 0) return;
    const at = this.#batches.indexOf(batch);
    if (at >= 0) this.#batches.splice(at, 1);
    if (this.#batches.length === 0) this.#onEmpty?.();
  }

  /** Calls back when everything is answered, at once where it is. */
  whenEmpty(callback: () => void): void {
    if (this.#batches.length === 0) callback();
    else this.#onEmpty = callback;
  }

  /**
   * Whether an operation may be written again, because the node did not know the script. Not an acquire, extend or heal
   * whose round is over; nor an acquire or heal whose release was written behind it and would now come first: it would
   * come to life again, or come back to the line as a ghost.
   *
   * The node has just said so: how long it has been silent counts from now.
   */
  isStillWanted(batch: Batch, index: number, nowMs: number): boolean {
    batch.writtenAtMs = nowMs;
    const operation = batch.operations[index] as Operation;
    const isAbandoned = batch.receivers[index]?.abandoned === true;
    // It makes no key: what comes behind its release finds nothing.
    if (operation.kind === "extend") return !isAbandoned;
    if (operation.kind !== "acquire" && operation.kind !== "heal") return true;
    if (isAbandoned) return false;
    const endsIt = (other: Operation): boolean => other.kind === "release" && other.token === operation.token;
    return !this.#batches.some((other) => other !== batch && other.operations.some(endsIt));
  }
}
