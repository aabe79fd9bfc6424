/** A socket that is written ready-made bytes, and reads one short line per command. Nothing else is looked at. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { QuorumTally } from "./quorum-tally.ts";

const lineFeed = 10;
const plus = 43;
const colon = 58;
const digitOne = 49;

export class FloorConnection {
  readonly #socket: Socket;
  /** Waiting for their line, in the order written. */
  #waiting: QuorumTally[] = [];
  #answeredCount = 0;
  #kind = 0;
  #firstCharacter = 0;
  #lineLength = 0;
  #isCorked = false;
  readonly #uncork: () => void;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#uncork = () => {
      this.#isCorked = false;
      socket.uncork();
    };
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", () => {});
  }

  static async open(url: string): Promise<FloorConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    return new FloorConnection(socket);
  }

  /** Everything of one event-loop turn leaves in one write. */
  write(command: Buffer, tally: QuorumTally): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(this.#uncork);
    }
    this.#waiting.push(tally);
    this.#socket.write(command);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** "+OK" and ":1" are yes, anything else is no. */
  #read(chunk: Buffer): void {
    for (const byte of chunk) {
      if (byte === lineFeed) this.#endLine();
      else if (this.#lineLength++ === 0) this.#kind = byte;
      else if (this.#lineLength === 2) this.#firstCharacter = byte;
    }
    if (this.#answeredCount === this.#waiting.length) {
      this.#waiting = [];
      this.#answeredCount = 0;
    }
  }

  #endLine(): void {
    const isYes = this.#kind === plus || (this.#kind === colon && this.#firstCharacter === digitOne);
    this.#lineLength = 0;
    this.#waiting[this.#answeredCount++]?.record(isYes);
  }
}
