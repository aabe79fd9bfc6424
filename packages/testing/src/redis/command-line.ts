/**
 * The rig's own connection to one server: not a client library, so that it works while the clients under test are
 * broken, and never through a proxy, so that no fault touches it.
 */
import { connect, type Socket } from "node:net";
import { encodeCommand, ReplyError, ReplyReader, type Reply } from "./resp.ts";

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

export class CommandLine {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #waiting: Waiting[] = [];

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** Connects when not connected. Rejects with `ReplyError`, the socket's error, or when `withinMs` have passed. */
  run(args: readonly (string | number)[], withinMs: number): Promise<Reply> {
    const socket = (this.#socket ??= this.#connect());
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#drop(socket, new Error(`${this.#host}:${this.#port} did not answer ${args[0]} within ${withinMs} ms`));
      }, withinMs);
      this.#waiting.push({
        resolve: (reply) => {
          clearTimeout(deadline);
          resolve(reply);
        },
        reject: (error) => {
          clearTimeout(deadline);
          reject(error);
        },
      });
      socket.write(encodeCommand(args));
    });
  }

  close(): void {
    if (this.#socket !== undefined) this.#drop(this.#socket, new Error("the connection was closed"));
  }

  #connect(): Socket {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    const replies = new ReplyReader();
    // Only a command that is being waited for may keep the process alive: its deadline does.
    socket.unref();
    socket.on("data", (chunk: Buffer) => {
      for (const reply of replies.read(chunk)) this.#settle(reply);
    });
    socket.on("error", (error) => this.#drop(socket, error));
    socket.on("close", () => this.#drop(socket, new Error(`${this.#host}:${this.#port} closed the connection`)));
    return socket;
  }

  #settle(reply: Reply | ReplyError): void {
    const waiting = this.#waiting.shift();
    if (reply instanceof ReplyError) waiting?.reject(reply);
    else waiting?.resolve(reply);
  }

  #drop(socket: Socket, error: Error): void {
    socket.destroy();
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each.reject(error);
  }
}
