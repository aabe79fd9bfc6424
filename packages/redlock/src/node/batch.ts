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

/** The batches that are written and not answered, in the order written. */
export class InFlight {
  readonly #batches: Batch[] = [];
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
  }

  /**
   * Whether an operation may be written again, because the node did not know the script. Not an acquire, extend or heal
   * whose round is over; nor an acquire or heal whose release was written behind it and would now come first: it would
   * come to life again, or come back to the line as a ghost.
   */
  isStillWanted(batch: Batch, index: number): boolean {
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
