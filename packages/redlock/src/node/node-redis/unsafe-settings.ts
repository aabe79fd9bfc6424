/** Settings of a node-redis client which make a quorum lock slower. */
import type { NodeRedisClient } from "./client.ts";

interface Settings {
  readonly pingInterval?: number;
  readonly socket?: { readonly socketTimeout?: number; readonly reconnectStrategy?: unknown };
}

/** One message that names every unsafe setting and the remedy; `undefined` when all is well. */
export function unsafeSettings(client: NodeRedisClient, name: string): string | undefined {
  const { pingInterval = 0, socket = {} } = (client.options ?? {}) as Settings;
  const { socketTimeout = 0, reconnectStrategy } = socket;
  const unsafe: string[] = [];
  if (socketTimeout === 0) {
    unsafe.push("socket.socketTimeout is not set (a connection that went dead is noticed only after minutes)");
  } else if (pingInterval === 0 || pingInterval >= socketTimeout) {
    unsafe.push("pingInterval is not below socket.socketTimeout (an idle connection is broken again and again)");
  }
  if (socketTimeout !== 0 && reconnectStrategy === undefined) {
    unsafe.push(
      "socket.reconnectStrategy is node-redis's own (after socketTimeout it gives up: the node never comes back)",
    );
  }
  if (reconnectStrategy === false) unsafe.push("socket.reconnectStrategy is off (a lost node never comes back)");
  if (unsafe.length === 0) return undefined;
  return (
    `${name}: locks stay safe, but this node-redis client is not set up for them: ${unsafe.join("; ")}. Make it with ` +
    "createClient({ url, pingInterval: 1_000, socket: { connectTimeout: 1_000, socketTimeout: 3_000, " +
    "reconnectStrategy: 250 } }), each client with objects of its own."
  );
}
