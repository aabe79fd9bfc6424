/** Operations that wait to be written to a node, in batches that travel in one script call each. */
import type { Unknown, Vote } from "../core/vote.ts";
import type { VoteReceiver } from "./node.ts";
import type { Operation, ReleaseOperation } from "./operation.ts";
import { type DueVote, type Keep, sift } from "./sift.ts";

// How much of a script call an operation fills: a call must be short, and must not keep the node from others for long.
const mostBytes = 64 * 1024;
/** In units of the node's time, about 10 µs: what a plain operation takes. A full call blocks it for some milliseconds. */
const mostUnits = 512;
/** What is held beside others is kept in several keys. */
const besideUnits = 8;
/** Each operation on permits reads all the numbers: of a thousand, for milliseconds. */
const numbersPerUnit = 4;
/** Of a lost round nobody knows which a node gave. */
const unknownNumbers = 255;

/** As a part of what a call may carry. */
function loadOf(operation: Operation): number {
  return Math.max(bytesOf(operation) / mostBytes, unitsOf(operation) / mostUnits);
}

/** About how many it adds to a call. */
function bytesOf({ keys }: Operation): number {
  let byteCount = 128;
  for (let index = 0; index < keys.length; index += 1) byteCount += 2 * (keys[index] as string).length + 32;
  return byteCount;
}

function unitsOf(operation: Operation): number {
  if (operation.kind === "inspect" || operation.kind === "notice") return 1;
  if ("permits" in operation && operation.permits !== undefined) return unitsOfNumbers(operation.permits.of);
  // Who has some of the numbers knows only that there are at least as many as the highest says.
  if ("slots" in operation && operation.slots !== undefined) {
    return unitsOfNumbers((operation.slots.at(-1) ?? unknownNumbers) + 1);
  }
  return operation.shared === undefined ? 1 : besideUnits;
}

function unitsOfNumbers(count: number): number {
  return besideUnits + count / numbersPerUnit;
}

export class Batch {
  readonly operations: Operation[] = [];
  /** `undefined` for an owed release, whose vote was given when it became owed. */
  readonly receivers: (VoteReceiver | undefined)[] = [];
  readonly nodeIndexes: number[] = [];
  /** The monotonic clock when it was handed to the connection, or was written again with the script's text. */
  writtenAtMs = 0;
  unansweredCount = 0;
  #load = 0;

  get isFull(): boolean {
    return this.#load >= 1;
  }

  add(operation: Operation, receiver: VoteReceiver | undefined, nodeIndex: number): void {
    this.operations.push(operation);
    this.receivers.push(receiver);
    this.nodeIndexes.push(nodeIndex);
    this.#load += loadOf(operation);
  }

  /** Gives the receivers their votes: all of them, or those of `indexes`. `at`: which of those answers it is. */
  tell(indexes: readonly number[] | undefined, voteOf: (operation: Operation, at: number) => Vote): void {
    const count = (indexes ?? this.operations).length;
    for (let at = 0; at < count; at += 1) {
      const index = indexes === undefined ? at : (indexes[at] as number);
      const vote = voteOf(this.operations[index] as Operation, at);
      this.receivers[index]?.receive(this.nodeIndexes[index] as number, vote);
    }
  }

  /** Whether its caller has given up, and it need not be written. */
  isAbandoned(index: number): boolean {
    const { kind } = this.operations[index] as Operation;
    return (kind === "acquire" || kind === "heal" || kind === "extend") && this.receivers[index]?.abandoned === true;
  }

  /** Whether some caller of this batch has given up. A plain loop: iterators would be garbage by the thousand. */
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
