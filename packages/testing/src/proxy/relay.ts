/** One connection through the proxy: two sockets and a pipe in each direction. */
import { connect, type Socket } from "node:net";
import { MessageCutter, type Piece } from "../redis/message-cutter.ts";
import { connectOperation, type Message } from "../rule/message.ts";
import type { Network } from "../rule/network.ts";
import type { Fate } from "../rule/verdict.ts";
import { isGranted, isLockOperation, operationName } from "./operation-name.ts";
import { Pipe, type Said } from "./pipe.ts";

/** Whose connection it is, and where it leads. */
export interface Route {
  readonly node: number;
  readonly peer: string;
  readonly host: string;
  readonly port: number;
}

export class Relay {
  readonly #route: Route;
  readonly #net: Network;
  readonly #connection: number;
  readonly #onClose: () => void;
  readonly #listening: Disposable;
  readonly #near: Socket;
  #far: Socket | undefined;
  #pipes: readonly Pipe[] = [];
  /** The network has not let the connection through yet. */
  #held = false;
  #delay: NodeJS.Timeout | undefined;
  /** What was asked and is not answered, in order. Kept while nothing is disturbed too: a fault may begin between. */
  readonly #asked: (string | undefined)[] = [];
  #lastAsked: string | undefined;
  /** What is being answered; also what a server says unasked behind it. */
  #lastAnswered: string | undefined;

  /** `near`: the connection that was accepted, and not read yet. */
  constructor(route: Route, net: Network, near: Socket, onClose: () => void) {
    this.#route = route;
    this.#net = net;
    this.#connection = net.nextConnection();
    this.#near = near;
    this.#onClose = onClose;
    this.#listening = net.onChange(() => this.#reconsider());
    near.on("error", () => undefined);
    near.once("close", () => this.#closed());
    this.#begin();
  }

  /** Ends both sides and forgets what waits. */
  stop(): void {
    this.#end((socket) => socket.destroy());
  }

  #begin(): void {
    const fate = this.#decide("request", connectOperation, 0);
    this.#held = fate?.end === "hold";
    if (fate?.end === "reset") this.#break();
    // Swallowed: it stays open, and whatever it says is read and forgotten.
    else if (fate?.end === "drop") this.#near.resume();
    else if (!this.#held) this.#linkIn(fate?.delayMs ?? 0);
  }

  #reconsider(): void {
    if (this.#held) this.#begin();
    for (const pipe of this.#pipes) pipe.reconsider();
  }

  #linkIn(delayMs: number): void {
    if (delayMs === 0) this.#link();
    else this.#delay = setTimeout(() => this.#link(), delayMs);
  }

  #link(): void {
    const { host, port } = this.#route;
    const near = this.#near;
    const far = connect({ host, port, allowHalfOpen: true, noDelay: true });
    this.#far = far;
    const refused = (): void => this.#break();
    far.once("error", refused);
    far.once("close", () => this.#closed());
    far.once("connect", () => {
      far.off("error", refused);
      if (near.destroyed) return void far.destroy();
      this.#pipes = [
        this.#pipe("request", near, far, (piece) => this.#request(piece)),
        this.#pipe("reply", far, near, (piece) => this.#reply(piece)),
      ];
    });
  }

  #pipe(direction: Message["direction"], from: Socket, to: Socket, about: (piece: Piece) => Said): Pipe {
    const messages = new MessageCutter();
    return new Pipe({
      from,
      to,
      read: (chunk) => messages.cut(chunk).map(about),
      decide: ({ content, operation }) =>
        this.#decide(direction, operation, typeof content === "string" ? 0 : content.length),
      onReset: () => this.#break(),
    });
  }

  #request({ bytes, isFirst }: Piece): Said {
    if (isFirst) {
      this.#lastAsked = operationName(bytes);
      this.#asked.push(this.#lastAsked);
    }
    return { content: bytes, operation: this.#lastAsked };
  }

  #reply({ bytes, isFirst, isPush }: Piece): Said {
    if (isFirst && !isPush) {
      if (this.#asked.length > 0) this.#lastAnswered = this.#asked.shift();
      this.#noteAnswer(this.#lastAnswered, bytes);
    }
    return { content: bytes, operation: this.#lastAnswered };
  }

  #noteAnswer(operation: string | undefined, content: Buffer): void {
    if (this.#net.onAnswer === undefined || operation === undefined || !isLockOperation(operation)) return;
    const { node, peer } = this.#route;
    this.#net.onAnswer({ node, peer, operation, isGranted: isGranted(content) });
  }

  #decide(direction: Message["direction"], operation: string | undefined, byteLength: number): Fate | undefined {
    if (this.#net.undisturbed) return undefined;
    const { node, peer } = this.#route;
    return this.#net.decide({ node, peer, connection: this.#connection, direction, operation, byteLength });
  }

  #break(): void {
    this.#end((socket) => socket.resetAndDestroy());
  }

  #end(close: (socket: Socket) => void): void {
    clearTimeout(this.#delay);
    this.#held = false;
    for (const pipe of this.#pipes) pipe.stop();
    close(this.#near);
    if (this.#far !== undefined) close(this.#far);
  }

  /** A socket is gone. With the other one left the connection is half open, and stays. */
  #closed(): void {
    if (!this.#near.closed || this.#far?.closed === false) return;
    clearTimeout(this.#delay);
    this.#listening[Symbol.dispose]();
    this.#onClose();
  }
}
