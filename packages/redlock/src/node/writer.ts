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
import { InFlight } from "./in-flight.ts";
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
