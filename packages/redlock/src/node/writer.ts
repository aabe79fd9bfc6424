/**
 * What is written to a node when: group commit, and releases that are not lost.
 *
 * The first operation on an idle node leaves when the code that runs now is done; while script calls are unanswered
 * the next ones gather, and travel together. A node that is
 *
 * - up: is written a few calls at a time. Only a call repeated for an unknown script can be overtaken; see `isStillWanted`.
 * - silent: releases only, each right behind what is unanswered, because nothing else stops a written acquire from
 *   running late.
 * - disconnected: nothing. Releases are owed and go first when the connection is back.
 */
import type { Runtime } from "../runtime/runtime.ts";
import { type Batch, WriteQueue } from "./batches.ts";
import type { Connection, ReplyCallback } from "./connection.ts";
import type { Health } from "./health.ts";
import type { VoteReceiver } from "./node.ts";
import type { Operation } from "./operation.ts";
import { OwedReleases } from "./owed-releases.ts";

/**
 * With one, a release would wait for the answer to its acquire, and on a slow network every operation for half a round
 * trip; with many, operations would leave one by one instead of gathering.
 */
const mostInFlight = 4;
/** Script calls written to a silent node since its last answer; what comes then is owed. */
const mostUnanswered = 256;

/** The script calls of one node that are written and not answered, in the order written. */
export class InFlight {
  readonly #batches: Batch[] = [];
  #onEmpty: (() => void) | undefined;
  /** Calls written since the last answer, with those that the client has given up: the node may still come to run them. */
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

  /** A batch's operations were answered, or never will be: all, or those of `indexes`. */
  settle(batch: Batch, indexes: readonly number[] | undefined): void {
    batch.unansweredCount -= (indexes ?? batch.operations).length;
    if (batch.unansweredCount > 0) return;
    const at = this.#batches.indexOf(batch);
    if (at >= 0) this.#batches.splice(at, 1);
    if (this.#batches.length === 0) this.#onEmpty?.();
  }

  /** Resolves when everything is answered, or the patience is over. */
  async answered(runtime: Runtime, patienceMs: number): Promise<void> {
    if (this.#batches.length === 0) return;
    await new Promise<void>((resolve) => {
      const patience = runtime.startTimer(patienceMs, resolve);
      this.#onEmpty = () => {
        patience.cancel();
        resolve();
      };
    });
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
    // An extend makes no key: behind the release of its lock it finds none.
    if (operation.kind === "extend") return !isAbandoned;
    if (operation.kind !== "acquire" && operation.kind !== "heal") return true;
    if (isAbandoned) return false;
    const endsIt = (other: Operation): boolean => other.kind === "release" && other.token === operation.token;
    return !this.#batches.some((other) => other !== batch && other.operations.some(endsIt));
  }
}

type ReplyListener = (batch: Batch, ...reply: Parameters<ReplyCallback>) => void;

export class Writer {
  readonly waiting: WriteQueue = new WriteQueue();
  readonly inFlight: InFlight = new InFlight();
  readonly owed: OwedReleases;
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #health: Health;
  readonly #onReply: ReplyListener;
  readonly #flushDue: () => void;
  #isFlushDue = false;

  constructor(
    connection: Connection,
    runtime: Runtime,
    health: Health,
    onReply: ReplyListener,
    onReleaseDropped: () => void,
  ) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#health = health;
    this.#onReply = onReply;
    this.owed = new OwedReleases(runtime, onReleaseDropped, () => this.#retryOwed());
    this.#flushDue = () => {
      this.#isFlushDue = false;
      this.flush();
    };
  }

  /** A silent node is written releases, and a probe when nothing is left whose late answer would tell. */
  isWrittenWhileAway(operation: Operation): boolean {
    if (!this.#health.isSilent || this.#connection.status !== "ready") return false;
    if (operation.kind === "release") return this.inFlight.writtenSinceAnswer < mostUnanswered;
    return this.inFlight.count === 0 && this.waiting.isEmpty && this.#health.mayProbe();
  }

  add(operation: Operation, receiver: VoteReceiver, nodeIndex: number): void {
    this.waiting.add(operation, receiver, nodeIndex);
    this.scheduleFlush();
  }

  /** A release that cannot be written now is kept; the others are not. Returns whether it was kept. */
  owe(operation: Operation): boolean {
    if (operation.kind !== "release" || this.#health.status === "closed") return false;
    this.owed.add(operation);
    if (this.#connection.status === "ready") this.owed.retryLater();
    return true;
  }

  scheduleFlush(): void {
    if (this.#isFlushDue || (this.inFlight.count >= mostInFlight && !this.#health.isSilent)) return;
    this.#isFlushDue = true;
    this.#runtime.defer(this.#flushDue);
  }

  /** Writes all that waits, for a node that is being closed. */
  flushAll(): void {
    this.flush(mostUnanswered);
  }

  flush(mostWritten: number = mostInFlight): void {
    if (this.#connection.status !== "ready" || this.#health.status === "closed") return;
    const limit = this.#health.isSilent ? mostUnanswered : mostWritten;
    if (this.inFlight.count >= limit) return;
    if (this.owed.byToken.size > 0 && !this.#health.isSilent) this.waiting.addFirst(this.owed.takeAll());
    while (this.inFlight.count < limit) {
      const batch = this.waiting.next();
      if (batch === undefined) return;
      this.#write(batch);
    }
  }

  #retryOwed(): void {
    if (this.#connection.status !== "ready") return;
    if (this.inFlight.count > 0 || this.inFlight.writtenSinceAnswer >= mostUnanswered) {
      this.owed.retryLater();
    } else {
      this.waiting.addFirst(this.owed.takeAll());
      this.flush();
    }
  }

  #write(batch: Batch): void {
    this.inFlight.add(batch, this.#runtime.readClocks().monotonicMs);
    this.#connection.execute(
      batch.operations,
      (error, reply, indexes) => this.#onReply(batch, error, reply, indexes),
      (index) => this.inFlight.isStillWanted(batch, index, this.#runtime.readClocks().monotonicMs),
    );
  }
}
