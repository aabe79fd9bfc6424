/** An ioredis client's events as two facts: the connection is there, the connection is gone. */
import type { IoredisClient } from "./client.ts";

export interface ClientEventsListener {
  onReady(): void;
  /** `detail`: the last error's words. */
  onDown(detail: string): void;
}

export class ClientEvents {
  readonly #client: IoredisClient;
  #wasDown = false;
  #lastError = "";
  readonly #onReady: () => void;
  readonly #onClose: () => void;
  readonly #onError: (error: unknown) => void;

  constructor(client: IoredisClient, listener: ClientEventsListener) {
    this.#client = client;
    this.#onReady = () => {
      this.#lastError = "";
      listener.onReady();
    };
    this.#onClose = () => {
      this.#wasDown = true;
      listener.onDown(this.#lastError === "" ? "the connection was closed" : this.#lastError);
    };
    this.#onError = (error) => {
      this.#lastError = describeError(error);
    };
  }

  /** Also connects a client that waits for its first command (lazyConnect), for it is never written to until ready. */
  start(): void {
    const client = this.#client;
    client.on("ready", this.#onReady);
    client.on("close", this.#onClose);
    client.on("end", this.#onClose);
    client.on("error", this.#onError);
    client.on("node error", this.#onError);
    if (client.status === "wait") client.connect().catch(this.#onError);
  }

  /** No attempt to connect has failed yet, and none has succeeded. */
  get isFirstConnecting(): boolean {
    return !this.#wasDown && ["wait", "connecting", "connect", "ready"].includes(this.#client.status);
  }

  stop(): void {
    this.#client.removeListener("ready", this.#onReady);
    this.#client.removeListener("close", this.#onClose);
    this.#client.removeListener("end", this.#onClose);
    this.#client.removeListener("error", this.#onError);
    this.#client.removeListener("node error", this.#onError);
  }
}

/** Where a host has several addresses, Node's own error has no message, only the errors of each. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describeError(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const last = (error as { readonly lastNodeError?: unknown }).lastNodeError;
  return last === undefined ? error.message || error.name : `${error.message} ${describeError(last)}`;
}
