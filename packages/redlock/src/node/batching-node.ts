/** A node over any client's connection: whether it can be asked, and what its answers mean. What is written is in writer.ts. */
import type { Unknown } from "../core/vote.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Batch } from "./batches.ts";
import type { BatchReply, Connection } from "./connection.ts";
import { decodeAnswer, isPassing, replyContext } from "./decode.ts";
import { unfitVote } from "./encode.ts";
import { EvidenceReader } from "./known-server.ts";
import { type AwayReason, Health } from "./health.ts";
import type { Node, NodeListener, NodeState, NoticeListener, VoteReceiver } from "./node.ts";
import type { Operation } from "./operation.ts";
import { Silence } from "./silence.ts";
import { Warnings } from "./warnings.ts";
import { Writer } from "./writer.ts";

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
  readonly #warnings = new Warnings();
  readonly #writer: Writer;
  readonly #silence: Silence;
  readonly connect = (): void => this.#connection.connect?.();
  #listener: NodeListener | undefined;

  constructor(connection: Connection, runtime: Runtime) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#health = new Health(runtime, () => this.#listener?.onStatus(this.state));
    this.#evidence = new EvidenceReader(runtime, () => this.#warnings.guardOff(this.name));
    this.#writer = new Writer(
      connection,
      runtime,
      this.#health,
      (batch, error, reply, indexes) => {
        if (reply === undefined) this.#failed(batch, error as Error, indexes);
        else this.#answered(batch, reply, indexes);
      },
      () => this.#warnings.releasesDropped(this.name),
    );
    const { inFlight } = this.#writer;
    this.#silence = new Silence(runtime, inFlight, this.#health, (detail) => this.#goAway("silent", detail));
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
    return this.#health.describe(this.#writer.owed.byToken.size);
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
    else if (status === "down" && !this.#writer.isWrittenWhileAway(operation)) {
      receiver.receive(nodeIndex, this.#health.vote(this.#writer.owe(operation)));
    } else if (this.#writer.waiting.isFullFor(operation)) {
      const mayHold = this.#writer.owe(operation);
      const detail = "too many operations wait for this node";
      receiver.receive(nodeIndex, { outcome: "unknown", reason: "overloaded", detail, mayHold });
    } else {
      if (status === "joining") this.connect();
      this.#writer.add(operation, receiver, nodeIndex);
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
      this.#writer.flushAll();
      const { isSilent } = this.#health;
      this.#health.closed();
      this.#writer.waiting.dropAll(() => this.#health.vote(false));
      this.#writer.owed.clear();
      // A node that does not know the script is written its releases again: that needs the connection.
      if (!isSilent) await this.#writer.inFlight.answered(this.#runtime, closePatienceMs);
    }
    await this.#connection.close();
  }

  #answered(batch: Batch, reply: BatchReply, indexes: readonly number[] | undefined): void {
    const wasSilent = this.#health.isSilent;
    this.#writer.inFlight.settle(batch, indexes);
    this.#writer.inFlight.writtenSinceAnswer = 0;
    if (this.#health.status !== "up") this.#health.up();
    const context = replyContext(this.#evidence.read(reply));
    batch.tell(indexes, (operation, at) => {
      const vote = decodeAnswer(operation, reply[at + 3], context);
      if (vote.outcome === "unknown" && isPassing(vote.detail)) this.#writer.owe(operation);
      return vote;
    });
    if (!this.#writer.waiting.isEmpty || (wasSilent && this.#writer.owed.byToken.size > 0))
      this.#writer.scheduleFlush();
  }

  /** No answer came. Where the connection stands nevertheless, the client has given up waiting for a silent node. */
  #failed(batch: Batch, error: Error, indexes: readonly number[] | undefined): void {
    this.#writer.inFlight.settle(batch, indexes);
    const isConnected = this.#connection.status === "ready";
    const reason = isConnected ? "error" : "disconnected";
    const vote: Unknown = { outcome: "unknown", reason, detail: error.message, mayHold: true, cause: error };
    if (isConnected) this.#goAway("silent", error.message);
    batch.tell(indexes, (operation) => {
      this.#writer.owe(operation);
      return vote;
    });
  }

  #ready(): void {
    this.#writer.inFlight.writtenSinceAnswer = 0;
    this.#health.up();
    this.#writer.flush();
  }

  /** What waits was never written: it holds nothing. Releases among it may belong to an acquire that was. */
  #goAway(reason: AwayReason, detail: string): void {
    if (this.#health.status === "closed") return;
    this.#health.away(reason, detail);
    this.#writer.waiting.dropAll((operation) => {
      if (operation.kind !== "release") return this.#health.vote(false);
      if (reason === "silent") return undefined;
      return this.#health.vote(this.#writer.owe(operation));
    });
    if (!this.#writer.waiting.isEmpty) this.#writer.scheduleFlush();
  }
}
