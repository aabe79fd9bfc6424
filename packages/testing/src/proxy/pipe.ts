/**
 * One direction of one connection through the proxy: carries what one socket says to another one, as far as the rules
 * let it. Where the receiver is slow, or too much waits, the sender is not read any more, so that nothing piles up.
 */
import type { Socket } from "node:net";
import type { Fate } from "../rule/verdict.ts";
import { DeliveryQueue, type Ending } from "./delivery-queue.ts";

/** With more bytes than this waiting the sender is not read. */
const mostWaitingByteLength = 4 * 1024 * 1024;

export interface PipeOptions {
  readonly from: Socket;
  readonly to: Socket;
  /** What becomes of these bytes, or of the news that the sender has ended; `undefined` when no rule is in force. */
  readonly decide: (content: Buffer | Ending) => Fate | undefined;
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
    from.on("data", (chunk: Buffer) => this.#take(chunk));
    from.on("end", () => this.#take("end"));
    from.on("error", () => (broken = true));
    from.on("close", () => {
      if (broken) this.#take("reset");
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
      if (parcel.held) this.#take(parcel.content);
      else if (!this.#muted || typeof parcel.content === "string") this.#queue.push(parcel);
    }
    this.#readOrPause();
  }

  /** Forgets what waits. */
  stop(): void {
    this.#queue.takeAll();
    this.#muted = true;
  }

  #take(content: Buffer | Ending): void {
    // The news that the sender is gone may pass where its last words were dropped: it is decided by itself.
    if (this.#muted && typeof content !== "string") return;
    const fate = this.#options.decide(content);
    switch (fate?.end) {
      case undefined:
        this.#enqueue(content, 0, undefined);
        break;
      case "deliver":
        this.#enqueue(content, fate?.delayMs ?? 0, fate?.pieceByteLength);
        break;
      case "hold":
        this.#queue.push({ content, dueMs: 0, held: true, alone: false });
        break;
      case "drop":
        this.#muted = true;
        break;
      case "reset":
        this.#options.onReset();
    }
    this.#readOrPause();
  }

  #enqueue(content: Buffer | Ending, delayMs: number, pieceByteLength: number | undefined): void {
    const dueMs = delayMs === 0 ? 0 : performance.now() + delayMs;
    if (typeof content === "string" || pieceByteLength === undefined || pieceByteLength >= content.length) {
      this.#queue.push({ content, dueMs, held: false, alone: false });
      return;
    }
    for (let start = 0; start < content.length; start += pieceByteLength) {
      const piece = content.subarray(start, start + pieceByteLength);
      this.#queue.push({ content: piece, dueMs, held: false, alone: true });
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
