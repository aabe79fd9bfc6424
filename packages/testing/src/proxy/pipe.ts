/**
 * One direction of one connection through the proxy: carries what one socket says to another one, as far as the rules
 * let it. Where the receiver is slow, or too much waits, the sender is not read any more, so that nothing piles up.
 */
import type { Socket } from "node:net";
import { closeOperation } from "../rule/message.ts";
import type { Fate } from "../rule/verdict.ts";
import { DeliveryQueue, type Ending, type Parcel } from "./delivery-queue.ts";

/** With more bytes than this waiting the sender is not read. */
const mostWaitingByteLength = 4 * 1024 * 1024;

/** What a sender says, or the news that it has ended, and what that is about. */
export type Said = Pick<Parcel, "content" | "operation">;

export interface PipeOptions {
  readonly from: Socket;
  readonly to: Socket;
  /** The messages of a chunk, or parts of one. */
  readonly read: (chunk: Buffer) => Said[];
  /** What becomes of it; `undefined` when no rule is in force. */
  readonly decide: (said: Said) => Fate | undefined;
  /** A rule breaks the connection. */
  readonly onReset: () => void;
}

export class Pipe {
  readonly #options: PipeOptions;
  readonly #queue: DeliveryQueue;
  /** Bytes were dropped: a stream must not go on behind a gap. */
  #muted = false;
  #receiverFull = false;

  constructor(options: PipeOptions) {
    this.#options = options;
    this.#queue = new DeliveryQueue((content) => this.#deliver(content));
    const { from, to } = options;
    let broken = false;
    from.on("data", (chunk: Buffer) => {
      for (const said of options.read(chunk)) this.#take(said);
    });
    from.on("end", () => this.#take({ content: "end", operation: closeOperation }));
    from.on("error", () => (broken = true));
    from.on("close", () => {
      if (broken) this.#take({ content: "reset", operation: closeOperation });
    });
    to.on("drain", () => {
      this.#receiverFull = false;
      this.#queue.resume();
      this.#readOrPause();
    });
    from.resume();
  }

  /** The rules have changed: decides anew what is held. */
  reconsider(): void {
    for (const parcel of this.#queue.takeAll()) {
      if (parcel.held) this.#take(parcel);
      else if (!this.#muted || typeof parcel.content === "string") this.#queue.push(parcel);
    }
    this.#readOrPause();
  }

  /** Forgets what waits. */
  stop(): void {
    this.#queue.takeAll();
    this.#muted = true;
  }

  #take(said: Said): void {
    const { content, operation } = said;
    // The news that the sender is gone may pass where its last words were dropped: it is decided by itself.
    if (this.#muted && typeof content !== "string") return;
    const fate = this.#options.decide(said);
    switch (fate?.end) {
      case undefined:
        this.#enqueue(said, 0, undefined);
        break;
      case "deliver":
        this.#enqueue(said, fate?.delayMs ?? 0, fate?.pieceByteLength);
        break;
      case "hold":
        this.#queue.push({ content, operation, dueMs: 0, held: true, alone: false });
        break;
      case "drop":
        this.#muted = true;
        break;
      case "reset":
        this.#options.onReset();
    }
    this.#readOrPause();
  }

  #enqueue({ content, operation }: Said, delayMs: number, pieceByteLength: number | undefined): void {
    const dueMs = delayMs === 0 ? 0 : performance.now() + delayMs;
    if (typeof content === "string" || pieceByteLength === undefined || pieceByteLength >= content.length) {
      this.#queue.push({ content, operation, dueMs, held: false, alone: false });
      return;
    }
    for (let start = 0; start < content.length; start += pieceByteLength) {
      const piece = content.subarray(start, start + pieceByteLength);
      this.#queue.push({ content: piece, operation, dueMs, held: false, alone: true });
    }
  }

  /** Whether the receiver can take more. */
  #deliver(content: Buffer | Ending): boolean {
    const { to } = this.#options;
    if (content === "reset") to.resetAndDestroy();
    // What is sent to somebody who is gone is lost.
    else if (!to.writable) return true;
    else if (content === "end") to.end();
    else this.#receiverFull = !to.write(content);
    return !this.#receiverFull;
  }

  #readOrPause(): void {
    const { from } = this.#options;
    const paused = from.isPaused();
    if (this.#receiverFull || this.#queue.byteLength > mostWaitingByteLength) {
      if (!paused) from.pause();
    } else if (paused && this.#queue.byteLength <= mostWaitingByteLength / 2) from.resume();
  }
}
