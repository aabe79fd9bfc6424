/** An ioredis client's events as two facts: the connection is there, the connection is gone. */
import { describeError } from "../connection.ts";
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
      this.#lastError = describeClientError(error);
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

/** With the error of the server that a Cluster asked last. */
function describeClientError(error: unknown): string {
  const last = (error as { readonly lastNodeError?: unknown } | null)?.lastNodeError;
  return last === undefined ? describeError(error) : `${describeError(error)} ${describeError(last)}`;
}
