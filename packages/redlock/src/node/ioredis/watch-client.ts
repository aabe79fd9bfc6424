/** An ioredis client's events as facts. */
import { describeError } from "../connection.ts";
import type { WatchClient } from "../shared-client.ts";
import { withTls } from "../client-errors.ts";
import { type IoredisClient, optionsOf } from "./client.ts";

export function watchClient(client: IoredisClient): WatchClient {
  return ({ ready, gone, failed }) => {
    const onError = (error: unknown): void => failed(withTls(describeClientError(error), optionsOf(client).tls));
    const listeners = { ready, close: gone, end: gone, error: onError, "node error": onError };
    for (const [event, listener] of Object.entries(listeners)) client.on(event, listener);
    return () => {
      for (const [event, listener] of Object.entries(listeners)) client.removeListener(event, listener);
    };
  };
}

/** A client that waits for its first command (lazyConnect) is connected: nothing is written to it before it is ready. */
export function connectIfWaiting(client: IoredisClient): void {
  // What is wrong is told by the client's events.
  if (client.status === "wait") client.connect().catch(() => {});
}

/** Whether an attempt to connect is under way, or waits for the first command. */
export function isConnecting(client: IoredisClient): boolean {
  return ["wait", "connecting", "connect", "ready"].includes(client.status);
}

/** With the error of the server that a Cluster asked last. */
function describeClientError(error: unknown): string {
  const last = (error as { readonly lastNodeError?: unknown } | null)?.lastNodeError;
  return last === undefined ? describeError(error) : `${describeError(error)} ${describeError(last)}`;
}
