/**
 * A node over any client's connection: group commit, health, and releases that are not lost.
 *
 * The first operation on an idle node leaves when the code that runs now is done; while a script call is unanswered
 * the next operations gather, and travel together. What may be written when is decided in one place, `#flush`:
 *
 * - up: one call at a time. Order needs no more thought then: nothing can overtake, not even when a call is repeated
 *   because the node did not know the script.
 * - silent: releases only, each right behind what is unanswered, because nothing else stops a written acquire from
 *   running late.
 * - disconnected: nothing. Releases are owed and go first when the connection is back.
 */
import type { Unknown } from "../core/vote.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Batch } from "./batch.ts";
import type { BatchReply, Connection } from "./connection.ts";
import { decodeAnswer, replyContext } from "./decode.ts";
import { EvidenceReader } from "./evidence.ts";
import { Health } from "./health.ts";
import type { Node, NodeListener, NodeState, NoticeListener, VoteReceiver } from "./node.ts";
import type { Operation } from "./operation.ts";
import { OwedReleases } from "./owed-releases.ts";
import { WaitingLine } from "./waiting-line.ts";

/** A second call in flight would gain little on a local network and let operations overtake one that is repeated. */
const mostInFlight = 1;
/** Script calls written to a silent node since its last answer; what comes then is owed. */
const mostUnanswered = 256;
/** A call younger than this proves no silence: the round that ran out of time may have waited for its turn here. */
const silentAfterMs = 25;

export function createNode(connection: Connection, runtime: Runtime): Node {
  return new BatchingNode(connection, runtime);
}

class BatchingNode implements Node {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #health: Health;
  readonly #evidence: EvidenceReader;
  readonly #owed: OwedReleases;
  readonly #waiting = new WaitingLine();
  readonly #inFlight: Batch[] = [];
  readonly #flushLater: () => void;
  readonly #warned = new Map<string, string>();
  #isFlushDue = false;
  /** Also those that the client has given up: they may still sit in its buffers. */
  #writtenSinceAnswer = 0;
  #listener: NodeListener | undefined;

  constructor(connection: Connection, runtime: Runtime) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#health = new Health(runtime, () => this.#listener?.onStatus(this.state));
    this.#evidence = new EvidenceReader(runtime, () => this.#warnGuardOff());
    this.#owed = new OwedReleases(runtime, () => this.#warnReleasesDropped());
    this.#flushLater = () => {
      this.#isFlushDue = false;
      this.#flush(mostInFlight);
    };
    connection.open({
      onReady: () => this.#ready(),
      onDown: (detail) => this.#down(detail),
      onWarning: (code, message) => this.#warn(code, message),
    });
    if (connection.status === "ready") this.#health.up();
    else if (connection.status === "down") this.#health.away("disconnected", "no connection");
  }

  get name(): string {
    return this.#connection.name;
  }

  get state(): NodeState {
    return this.#health.describe(this.#owed.count);
  }

  setListener(listener: NodeListener): void {
    this.#listener = listener;
    for (const [code, message] of this.#warned) listener.onWarning(code, message);
  }

  send(operation: Operation, receiver: VoteReceiver, nodeIndex: number): void {
    if (this.#health.status === "away" && !this.#isWrittenWhileAway(operation)) {
      const isOwed = operation.kind === "release";
      if (isOwed) this.#owed.add(operation);
      receiver.receive(nodeIndex, this.#health.vote(isOwed));
    } else if (this.#health.status === "closed") {
      receiver.receive(nodeIndex, this.#health.vote(false));
    } else if (this.#waiting.isFull) {
      if (operation.kind === "release") this.#owed.add(operation);
      receiver.receive(nodeIndex, overloaded(operation.kind === "release"));
    } else {
      this.#waiting.add(operation, receiver, nodeIndex);
      this.#scheduleFlush();
    }
  }

  overdue(): void {
    if (this.#health.status === "joining") {
      this.#goAway("connecting", "the first connection takes longer than a round waits");
      return;
    }
    const oldest = this.#inFlight[0];
    if (this.#health.status !== "up" || oldest === undefined) return;
    const ageMs = this.#runtime.readClocks().monotonicMs - oldest.writtenAtMs;
    if (ageMs >= silentAfterMs) this.#goAway("silent", `no answer for ${Math.round(ageMs)} ms`);
  }

  subscribe(channels: readonly string[], listener: NoticeListener): () => void {
    return this.#connection.subscribe(channels, listener);
  }

  async close(): Promise<void> {
    if (this.#health.status !== "closed") {
      this.#flush(mostUnanswered);
      this.#health.closed();
      this.#waiting.dropAll(() => this.#health.vote(false));
      this.#owed.clear();
    }
    await this.#connection.close();
  }

  /** A silent node is written releases, and a probe when nothing is left whose late answer would tell. */
  #isWrittenWhileAway(operation: Operation): boolean {
    if (!this.#health.isSilent || this.#connection.status !== "ready") return false;
    if (operation.kind === "release") return this.#writtenSinceAnswer < mostUnanswered;
    return this.#inFlight.length === 0 && this.#waiting.isEmpty && this.#health.mayProbe();
  }

  #scheduleFlush(): void {
    if (this.#isFlushDue || (this.#inFlight.length >= mostInFlight && !this.#health.isSilent)) return;
    this.#isFlushDue = true;
    this.#runtime.defer(this.#flushLater);
  }

  #flush(mostWritten: number): void {
    if (this.#connection.status !== "ready" || this.#health.status === "closed") return;
    if (this.#owed.count > 0 && !this.#health.isSilent) this.#waiting.addFirst(this.#owed.takeAll());
    const limit = this.#health.isSilent ? mostUnanswered : mostWritten;
    while (this.#inFlight.length < limit) {
      const batch = this.#waiting.next();
      if (batch === undefined) return;
      this.#write(batch);
    }
  }

  #write(batch: Batch): void {
    batch.writtenAtMs = this.#runtime.readClocks().monotonicMs;
    batch.unansweredCount = batch.operations.length;
    this.#inFlight.push(batch);
    this.#writtenSinceAnswer += 1;
    this.#connection.execute(
      batch.operations,
      (error, reply, indexes) => {
        if (reply === undefined) this.#failed(batch, error as Error, indexes);
        else this.#answered(batch, reply, indexes);
      },
      (index) => this.#isStillWanted(batch, index),
    );
  }

  /** An acquire or heal is not written again once its round is over, or once its release is on the way. */
  #isStillWanted(batch: Batch, index: number): boolean {
    const operation = batch.operations[index] as Operation;
    if (operation.kind !== "acquire" && operation.kind !== "heal") return true;
    if (batch.receivers[index]?.abandoned === true) return false;
    const isReleaseOfIt = (other: Operation): boolean => other.kind === "release" && other.token === operation.token;
    return !this.#inFlight.some((other) => other !== batch && other.operations.some(isReleaseOfIt));
  }

  #answered(batch: Batch, reply: BatchReply, indexes: readonly number[] | undefined): void {
    this.#settle(batch, indexes?.length ?? batch.operations.length);
    this.#writtenSinceAnswer = 0;
    this.#health.up();
    const context = replyContext(this.#evidence.read(reply));
    const count = indexes?.length ?? batch.operations.length;
    for (let at = 0; at < count; at += 1) {
      const index = indexes === undefined ? at : (indexes[at] as number);
      const operation = batch.operations[index] as Operation;
      const vote = decodeAnswer(operation, reply[at + 3], context);
      if (vote.outcome === "unknown" && operation.kind === "release" && isPassing(vote.detail))
        this.#owed.add(operation);
      batch.receivers[index]?.receive(batch.nodeIndexes[index] as number, vote);
    }
    if (!this.#waiting.isEmpty || this.#owed.count > 0) this.#scheduleFlush();
  }

  #failed(batch: Batch, error: Error, indexes: readonly number[] | undefined): void {
    const count = indexes?.length ?? batch.operations.length;
    this.#settle(batch, count);
    const isConnected = this.#connection.status === "ready";
    const vote: Unknown = {
      outcome: "unknown",
      reason: isConnected ? "error" : "disconnected",
      detail: error.message,
      mayHold: true,
      cause: error,
    };
    for (let at = 0; at < count; at += 1) {
      const index = indexes === undefined ? at : (indexes[at] as number);
      const operation = batch.operations[index] as Operation;
      if (operation.kind === "release") this.#owed.add(operation);
      batch.receivers[index]?.receive(batch.nodeIndexes[index] as number, vote);
    }
    if (isConnected && this.#health.status !== "closed") this.#goAway("silent", error.message);
  }

  #settle(batch: Batch, answeredCount: number): void {
    batch.unansweredCount -= answeredCount;
    if (batch.unansweredCount > 0) return;
    const at = this.#inFlight.indexOf(batch);
    if (at >= 0) this.#inFlight.splice(at, 1);
  }

  #ready(): void {
    this.#writtenSinceAnswer = 0;
    this.#health.up();
    this.#flush(mostInFlight);
  }

  #down(detail: string): void {
    this.#goAway("disconnected", detail);
  }

  /** What waits was never written: it holds nothing. Releases among it may belong to an acquire that was. */
  #goAway(reason: "disconnected" | "silent" | "connecting", detail: string): void {
    this.#health.away(reason, detail);
    if (this.#health.status !== "away") return;
    const releases = this.#waiting.dropAll((operation) =>
      reason === "silent" && operation.kind === "release" ? undefined : this.#health.vote(operation.kind === "release"),
    );
    for (const release of releases) this.#owed.add(release);
    if (!this.#waiting.isEmpty) this.#scheduleFlush();
  }

  #warn(code: string, message: string): void {
    if (this.#warned.has(code)) return;
    this.#warned.set(code, message);
    this.#listener?.onWarning(code, message);
  }

  #warnGuardOff(): void {
    this.#warn(
      "GUARD_OFF",
      `${this.name}: the restart guard is off, because the Redis user may not run INFO. ` +
        "Allow it (ACL SETUSER <user> +info), or restart this node only after the longest TTL has passed.",
    );
  }

  #warnReleasesDropped(): void {
    this.#warn(
      "RELEASES_DROPPED",
      `${this.name} is away and more releases wait for it than are kept: ` +
        "resources released meanwhile stay locked on it until their TTL ends.",
    );
  }
}

function overloaded(mayHold: boolean): Unknown {
  return { outcome: "unknown", reason: "overloaded", detail: "too many operations wait for this node", mayHold };
}

/** Errors of a node that will do what it was asked when asked again later. */
function isPassing(detail: string): boolean {
  return /^(?:LOADING|BUSY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN)\b/.test(detail);
}
