/**
 * One TCP connection: two pipes, and the ways in which it can end. Each side learns of an end separately, if at all.
 */
import { closeOperation } from "../rule/message.ts";
import type { Link } from "./link.ts";
import { Pipe } from "./pipe.ts";
import type { Timeline } from "./scheduler.ts";

export class Wire {
  readonly #link: Link;
  readonly #requests: Pipe;
  readonly #replies: Pipe;
  #onBroken: ((detail: string) => void) | undefined;

  /** `onBroken` is called on the client's side, at most once, unless the client closes first. */
  constructor(timeline: Timeline, link: Link, onBroken: (detail: string) => void) {
    this.#link = link;
    this.#onBroken = onBroken;
    const connection = link.network.nextConnection();
    const reset = (): void => this.reset("read ECONNRESET");
    this.#requests = new Pipe("request", connection, timeline, link, reset);
    this.#replies = new Pipe("reply", connection, timeline, link, reset);
  }

  request(operation: string, deliver: () => void): void {
    this.#requests.write(operation, deliver);
  }

  reply(operation: string, deliver: () => void): void {
    this.#replies.write(operation, () => {
      if (this.#onBroken !== undefined) deliver();
    });
  }

  /** The client closes: it hears nothing more, but some of what it wrote is still on its way. */
  closeByClient(): void {
    this.#onBroken = undefined;
    this.#requests.end(this.#link.drawSurvivors(this.#requests.inFlightCount));
    this.#replies.end(0);
  }

  /** The node's process ended: what it had written arrives, and then the end of the stream. */
  closeByNode(detail: string): void {
    this.#requests.end(0);
    this.reply(closeOperation, () => this.#breakNow(detail));
    this.#replies.end(Number.POSITIVE_INFINITY);
  }

  /** The node's machine ended: nobody tells the client. */
  vanish(): void {
    this.#requests.end(0);
    this.#replies.end(0);
  }

  /** Someone in between resets both sides; a prefix of what was under way still arrives at the node. */
  reset(detail: string): void {
    this.#requests.end(this.#link.drawSurvivors(this.#requests.inFlightCount));
    this.#replies.end(0);
    this.#breakNow(detail);
  }

  #breakNow(detail: string): void {
    const onBroken = this.#onBroken;
    this.#onBroken = undefined;
    onBroken?.(detail);
  }
}
