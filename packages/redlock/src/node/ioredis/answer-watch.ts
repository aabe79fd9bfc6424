/**
 * Breaks a connection of ours on which nothing is answered any more, so that a new one can be made: a peer that vanished
 * without a word would be noticed only after minutes.
 *
 * ioredis's own `socketTimeout` does the same, but where little is under way it sets and clears a timer per call, it
 * breaks connections whose answers a busy event loop has not read yet, and its timer outlives the connection.
 */
import type { Runtime, Timer } from "../../runtime/runtime.ts";
import type { IoredisClient } from "./client.ts";

/** What was unanswered at one look and still is at the next was so for at least this long. */
const lookEveryMs = 2000;

export class AnswerWatch {
  readonly #runtime: Runtime;
  readonly #client: IoredisClient;
  readonly #oldest: () => object | undefined;
  isWatching = false;
  #timer: Timer | undefined;

  /** `oldest`: what has been unanswered for longest, the same object each time. */
  constructor(runtime: Runtime, client: IoredisClient, oldest: () => object | undefined) {
    this.#runtime = runtime;
    this.#client = client;
    this.#oldest = oldest;
  }

  /** Something was written, and it does not watch yet: one timer at a time, also while much is written. */
  start(): void {
    this.isWatching = true;
    this.#look(undefined);
  }

  stop(): void {
    this.isWatching = false;
    this.#timer?.cancel();
  }

  #look(seenBefore: object | undefined): void {
    if (!this.isWatching) return;
    const oldest = this.#oldest();
    this.isWatching = oldest !== undefined;
    if (oldest === undefined) return;
    if (oldest === seenBefore) breakConnection(this.#client);
    this.#timer = this.#runtime.startTimer(lookEveryMs, () => this.#runtime.afterInput(() => this.#look(oldest)));
    this.#timer.keepProcessAlive(false);
  }
}

/** As ioredis's own timeout does it: the client sees an error of its socket, and connects again. */
function breakConnection(client: IoredisClient): void {
  const { stream } = client as { readonly stream?: { destroy?(error: Error): void } };
  stream?.destroy?.(new Error(`no answer for ${lookEveryMs / 1000} s`));
}
