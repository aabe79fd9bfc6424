/** A connection that records what is written, and answers when told. */
import type {
  Answer,
  BatchReply,
  Connection,
  ConnectionListener,
  Operation,
  ReplyCallback,
} from "../../src/node/index.ts";

export interface WrittenCall {
  readonly operations: readonly Operation[];
  readonly onReply: ReplyCallback;
  readonly wanted: (index: number) => boolean;
}

export class FakeConnection implements Connection {
  readonly name = "fake:1";
  status: Connection["status"] = "ready";
  listener!: ConnectionListener;
  readonly calls: WrittenCall[] = [];

  open(listener: ConnectionListener): void {
    this.listener = listener;
  }

  execute(operations: readonly Operation[], onReply: ReplyCallback, wanted: (index: number) => boolean): void {
    this.calls.push({ operations: [...operations], onReply, wanted });
  }

  subscribe(): () => void {
    return () => {};
  }

  async close(): Promise<void> {}

  becomeReady(): void {
    this.status = "ready";
    this.listener.onReady();
  }

  goDown(detail: string): void {
    this.status = "down";
    this.listener.onDown(detail);
  }

  /** Answers a call with 1 for each of its operations, or with what is given. */
  answer(
    callIndex: number,
    answers?: readonly Answer[],
    header: readonly [string, number, number] = ["run", 100, 0],
  ): void {
    const call = this.written(callIndex);
    const reply: BatchReply = [...header, ...(answers ?? call.operations.map(() => 1))];
    call.onReply(undefined, reply);
  }

  fail(callIndex: number, message: string): void {
    this.written(callIndex).onReply(new Error(message), undefined);
  }

  written(callIndex: number): WrittenCall {
    const call = this.calls[callIndex];
    if (call === undefined) throw new RangeError(`only ${this.calls.length} calls were written`);
    return call;
  }

  /** Per call the tokens of its operations with the first letter of their kind, e.g. [["a:one", "r:one"]]. */
  get log(): string[][] {
    return this.calls.map((call) =>
      call.operations.map((operation) =>
        "token" in operation ? `${operation.kind[0]}:${operation.token}` : `${operation.kind[0]}`,
      ),
    );
  }
}
