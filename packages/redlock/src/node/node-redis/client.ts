/**
 * What is needed of a node-redis client (`redis` or `@redis/client` 5 and 6), by shape. Nothing is imported from it, so
 * that the versions of the user and of this package never meet.
 */
import { keyPrefixText } from "../keys.ts";

export interface NodeRedisClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  readonly options?: object | undefined;
  connect(): Promise<unknown>;
  sendCommand(command: readonly string[], options?: object): Promise<unknown>;
  duplicate(overrides?: object): unknown;
  on(event: string, listener: (...parameters: unknown[]) => void): unknown;
  off(event: string, listener: (...parameters: unknown[]) => void): unknown;
  destroy(): void;
}

/** What a duplicate that listens has beyond the above. */
export interface NodeRedisSubscriber extends NodeRedisClient {
  subscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<unknown>;
  unsubscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<unknown>;
}

interface NodeRedisOptions {
  readonly url?: string;
  readonly database?: number;
  readonly keyPrefix?: string | Uint8Array;
  readonly socket?: { readonly host?: string; readonly port?: number; readonly path?: string; readonly tls?: unknown };
}

/** One server's client: not a cluster, a pool or a sentinel, which have no socket of their own. */
export function isNodeRedisClient(value: unknown): value is NodeRedisClient {
  return (
    typeof value === "object" &&
    value !== null &&
    "socketEpoch" in value &&
    typeof (value as Partial<NodeRedisClient>).isReady === "boolean" &&
    typeof (value as Partial<NodeRedisClient>).sendCommand === "function" &&
    typeof (value as Partial<NodeRedisClient>).duplicate === "function" &&
    typeof (value as Partial<NodeRedisClient>).destroy === "function"
  );
}

/** What node-redis 6 puts before keys, though not before those of a raw command. */
export function keyPrefixOf(client: NodeRedisClient): string {
  const { keyPrefix } = (client.options ?? {}) as NodeRedisOptions;
  return keyPrefixText(keyPrefix);
}

/** What it is set to for TLS. */
export function tlsOf(client: NodeRedisClient): unknown {
  return ((client.options ?? {}) as NodeRedisOptions).socket?.tls;
}

/** host:port or the socket's path, with the database when it is not 0. Never a user name or a password. */
export function nameOf(client: NodeRedisClient): string {
  const { socket = {}, database = 0 } = (client.options ?? {}) as NodeRedisOptions;
  const suffix = database === 0 ? "" : `/${database}`;
  return (socket.path ?? `${socket.host ?? "localhost"}:${socket.port ?? 6379}`) + suffix;
}
