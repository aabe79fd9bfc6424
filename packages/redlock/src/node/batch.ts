/** Operations that travel in one script call, and who waits for their votes. */
import { estimateBytes } from "./encode.ts";
import type { VoteReceiver } from "./node.ts";
import type { Operation } from "./operation.ts";

/** A script call blocks the node for about 10 µs per operation: 512 of them for some milliseconds. */
const mostOperations = 512;
const mostBytes = 64 * 1024;

export class Batch {
  readonly operations: Operation[] = [];
  /** `undefined` for an owed release, whose vote was given when it became owed. */
  readonly receivers: (VoteReceiver | undefined)[] = [];
  readonly nodeIndexes: number[] = [];
  /** The monotonic clock when it was handed to the connection. */
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
}

/** Adds an operation to the last of the batches, or to a new one behind it. */
export function appendTo(
  batches: Batch[],
  operation: Operation,
  receiver: VoteReceiver | undefined,
  nodeIndex: number,
): void {
  let last = batches[batches.length - 1];
  if (last === undefined || last.isFull) {
    last = new Batch();
    batches.push(last);
  }
  last.add(operation, receiver, nodeIndex);
}
