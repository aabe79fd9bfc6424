/**
 * A node over any client's connection: group commit, health, and releases that are not lost.
 *
 * The first operation on an idle node leaves when the code that runs now is done; while script calls are unanswered
 * the next ones gather, and travel together. What may be written when is decided in `#flush`:
 *
 * - up: a few calls at a time. Only a call repeated for an unknown script can be overtaken; see `isStillWanted`.
 * - silent: releases only, each right behind what is unanswered, because nothing else stops a written acquire from
 *   running late.
 * - disconnected: nothing. Releases are owed and go first when the connection is back.
 */
import type { Unknown } from "../core/vote.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type Batch, InFlight, WriteQueue } from "./batches.ts";
import type { BatchReply, Connection } from "./connection.ts";
import { decodeAnswer, isPassing, replyContext } from "./decode.ts";
import { unfitVote } from "./encode.ts";
import { EvidenceReader } from "./known-server.ts";
import { type AwayReason, Health } from "./health.ts";
import type { Node, NodeListener, NodeState, NoticeListener, VoteReceiver } from "./node.ts";
import type { Operation } from "./operation.ts";
import { OwedReleases } from "./owed-releases.ts";
import { Silence } from "./silence.ts";
import { Warnings } from "./warnings.ts";

/**
 * With one, a release would wait for the answer to its acquire, and on a slow network every operation for half a round
 * trip; with many, operations would leave one by one instead of gathering.
 */
const mostInFlight = 4;
/** Script calls written to a silent node since its last answer; what comes then is owed. */
const mostUnanswered = 256;
/** How long `close()` waits for the answers of a node that is well. */
const closePatienceMs = 200;

/** Opens the connection, which belongs to this node from then on. */
export function createNode(connection: Connection, runtime: Runtime): Node {
  return new BatchingNode(connection, runtime);
}

class BatchingNode implements Node {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #health: Health;
  readonly #evidence: EvidenceReader;
  readonly #owed: OwedReleases;
  readonly #warnings = new Warnings();
  readonly #waiting = new WriteQueue();
  readonly #inFlight = new InFlight();
  readonly #silence: Silence;
  readonly #flushDue: () => void;
  readonly connect = (): void => this.#connection.connect?.();
  #isFlushDue = false;
  #listener: NodeListener | undefined;

  constructor(connection: Connection, runtime: Runtime) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#health = new Health(runtime, () => this.#listener?.onStatus(this.state));
    this.#evidence = new EvidenceReader(runtime, () => this.#warnings.guardOff(this.name));
    this.#owed = new OwedReleases(
      runtime,
      () => this.#warnings.releasesDropped(this.name),
      () => this.#retryOwed(),
    );
    this.#silence = new Silence(runtime, this.#inFlight, this.#health, (detail) => this.#goAway("silent", detail));
    this.#flushDue = () => {
      this.#isFlushDue = false;
      this.#flush(mostInFlight);
    };
    connection.open({
      onReady: () => this.#ready(),
      onDown: (detail) => this.#goAway("disconnected", detail),
      onWarning: (code, message) => this.#warnings.warn(code, message),
    });
    if (connection.status === "ready") this.#health.up();
    else if (connection.status === "down") this.#health.away("disconnected", "no connection");
  }

  get name(): string {
    return this.#connection.name;
  }

  get state(): NodeState {
    return this.#health.describe(this.#owed.byToken.size);
  }

  setListener(listener: NodeListener): void {
    this.#listener = listener;
    this.#warnings.setListener(listener);
  }

  send(operation: Operation, receiver: VoteReceiver, nodeIndex: number): void {
    const { status } = this.#health;
    const unfit = unfitVote(operation);
    if (unfit !== undefined) receiver.receive(nodeIndex, unfit);
    else if (status === "closed") receiver.receive(nodeIndex, this.#health.vote(false));
    else if (status === "down" && !this.#isWrittenWhileAway(operation)) {
      receiver.receive(nodeIndex, this.#health.vote(this.#owe(operation)));
    } else if (this.#waiting.isFullFor(operation)) {
      const detail = "too many operations wait for this node";
      receiver.receive(nodeIndex, { outcome: "unknown", reason: "overloaded", detail, mayHold: this.#owe(operation) });
    } else {
      if (status === "joining") this.connect();
      this.#waiting.add(operation, receiver, nodeIndex);
      this.#scheduleFlush();
    }
  }

  overdue(): void {
    if (this.#health.status === "joining") {
      this.#goAway("connecting", "the first connection takes longer than a round waits");
      return;
    }
    this.#silence.noteOverdue();
  }

  subscribe(channels: readonly string[], listener: NoticeListener): () => void {
    return this.#connection.subscribe(channels, listener);
  }

  async close(): Promise<void> {
    if (this.#health.status !== "closed") {
      this.#flush(mostUnanswered);
      const { isSilent } = this.#health;
      this.#health.closed();
      this.#waiting.dropAll(() => this.#health.vote(false));
      this.#owed.clear();
      if (!isSilent) await this.#answers();
    }
    await this.#connection.close();
  }

  /** A node that does not know the script is written its releases again: that needs the connection. */
  async #answers(): Promise<void> {
    await new Promise<void>((resolve) => {
      const patience = this.#runtime.startTimer(closePatienceMs, resolve);
      this.#inFlight.whenEmpty(() => {
        patience.cancel();
        resolve();
      });
    });
  }

  /** A release that cannot be written now is kept; the others are not. Returns whether it was kept. */
  #owe(operation: Operation): boolean {
    if (operation.kind !== "release" || this.#health.status === "closed") return false;
    this.#owed.add(operation);
    if (this.#connection.status === "ready") this.#owed.retryLater();
    return true;
  }

  #retryOwed(): void {
    if (this.#connection.status !== "ready") return;
    if (this.#inFlight.count > 0 || this.#inFlight.writtenSinceAnswer >= mostUnanswered) {
      this.#owed.retryLater();
    } else {
      this.#waiting.addFirst(this.#owed.takeAll());
      this.#flush(mostInFlight);
    }
  }

  /** A silent node is written releases, and a probe when nothing is left whose late answer would tell. */
  #isWrittenWhileAway(operation: Operation): boolean {
    if (!this.#health.isSilent || this.#connection.status !== "ready") return false;
    if (operation.kind === "release") return this.#inFlight.writtenSinceAnswer < mostUnanswered;
    return this.#inFlight.count === 0 && this.#waiting.isEmpty && this.#health.mayProbe();
  }

  #scheduleFlush(): void {
    if (this.#isFlushDue || (this.#inFlight.count >= mostInFlight && !this.#health.isSilent)) return;
    this.#isFlushDue = true;
    this.#runtime.defer(this.#flushDue);
  }

  #flush(mostWritten: number): void {
    if (this.#connection.status !== "ready" || this.#health.status === "closed") return;
    const limit = this.#health.isSilent ? mostUnanswered : mostWritten;
    if (this.#inFlight.count >= limit) return;
    if (this.#owed.byToken.size > 0 && !this.#health.isSilent) this.#waiting.addFirst(this.#owed.takeAll());
    while (this.#inFlight.count < limit) {
      const batch = this.#waiting.next();
      if (batch === undefined) return;
      this.#write(batch);
    }
  }

  #write(batch: Batch): void {
    this.#inFlight.add(batch, this.#runtime.readClocks().monotonicMs);
    this.#connection.execute(
      batch.operations,
      (error, reply, indexes) => {
        if (reply === undefined) this.#failed(batch, error as Error, indexes);
        else this.#answered(batch, reply, indexes);
      },
      (index) => this.#inFlight.isStillWanted(batch, index, this.#runtime.readClocks().monotonicMs),
    );
  }

  #answered(batch: Batch, reply: BatchReply, indexes: readonly number[] | undefined): void {
    const count = indexes?.length ?? batch.operations.length;
    const wasSilent = this.#health.isSilent;
    this.#inFlight.settle(batch, count);
    this.#inFlight.writtenSinceAnswer = 0;
    if (this.#health.status !== "up") this.#health.up();
    const context = replyContext(this.#evidence.read(reply));
    for (let at = 0; at < count; at += 1) {
      const index = indexes === undefined ? at : (indexes[at] as number);
      const operation = batch.operations[index] as Operation;
      const vote = decodeAnswer(operation, reply[at + 3], context);
      if (vote.outcome === "unknown" && isPassing(vote.detail)) this.#owe(operation);
      batch.receivers[index]?.receive(batch.nodeIndexes[index] as number, vote);
    }
    if (!this.#waiting.isEmpty || (wasSilent && this.#owed.byToken.size > 0)) this.#scheduleFlush();
  }

  /** No answer came. Where the connection stands nevertheless, the client has given up waiting for a silent node. */
  #failed(batch: Batch, error: Error, indexes: readonly number[] | undefined): void {
    const count = indexes?.length ?? batch.operations.length;
    this.#inFlight.settle(batch, count);
    const isConnected = this.#connection.status === "ready";
    const reason = isConnected ? "error" : "disconnected";
    const vote: Unknown = { outcome: "unknown", reason, detail: error.message, mayHold: true, cause: error };
    if (isConnected) this.#goAway("silent", error.message);
    for (let at = 0; at < count; at += 1) {
      const index = indexes === undefined ? at : (indexes[at] as number);
      this.#owe(batch.operations[index] as Operation);
      batch.receivers[index]?.receive(batch.nodeIndexes[index] as number, vote);
    }
  }

  #ready(): void {
    this.#inFlight.writtenSinceAnswer = 0;
    this.#health.up();
    this.#flush(mostInFlight);
  }

  /** What waits was never written: it holds nothing. Releases among it may belong to an acquire that was. */
  #goAway(reason: AwayReason, detail: string): void {
    if (this.#health.status === "closed") return;
    this.#health.away(reason, detail);
    this.#waiting.dropAll((operation) => {
      if (operation.kind !== "release") return this.#health.vote(false);
      if (reason === "silent") return undefined;
      return this.#health.vote(this.#owe(operation));
    });
    if (!this.#waiting.isEmpty) this.#scheduleFlush();
  }
}
