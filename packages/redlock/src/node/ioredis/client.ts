/**
 * What is needed of an ioredis client, by shape: `Redis` and `Cluster` of ioredis 5.11 and 6 fit, subclasses too.
 * Nothing is imported from ioredis, so that the versions of the user and of this package never meet.
 */

/** Sends one command: the arguments in a single list, then Node's kind of callback. */
export type CommandFunction = (
  this: CommandTarget,
  parameters: readonly string[],
  callback: (error: Error | null | undefined, reply: unknown) => void,
) => unknown;

/** All that a command made by `createBuiltinCommand` asks of its `this`. */
export interface CommandTarget {
  readonly options: object;
  sendCommand(command: never): unknown;
}

export interface IoredisClient {
  readonly status: string;
  readonly isCluster: boolean;
  readonly options: object;
  connect(): Promise<unknown>;
  quit(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  duplicate(first?: object, second?: object): unknown;
  createBuiltinCommand(name: string): { readonly string: unknown };
  sendCommand(command: never): unknown;
  on(event: string, listener: (...parameters: unknown[]) => void): unknown;
  removeListener(event: string, listener: (...parameters: unknown[]) => void): unknown;
}

/** What else is used of a Cluster. */
export interface IoredisCluster extends IoredisClient {
  /** A client per server that is known at present. */
  nodes(): readonly IoredisClient[];
}

/** A client that listens: what a subscriber connection uses beyond the above. */
export interface IoredisSubscriber extends IoredisClient {
  subscribe(...channels: string[]): Promise<unknown>;
  unsubscribe(...channels: string[]): Promise<unknown>;
}

/** The options that matter here; all of them may be missing, and a Cluster keeps some in `redisOptions`. */
export interface IoredisOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly db?: number;
  readonly keyPrefix?: string | Uint8Array;
  readonly tls?: unknown;
  readonly autoResendUnfulfilledCommands?: boolean;
  readonly maxRetriesPerRequest?: number | null;
  readonly socketTimeout?: number;
  readonly retryStrategy?: unknown;
  readonly clusterRetryStrategy?: unknown;
  readonly redisOptions?: IoredisOptions;
}

export function optionsOf(client: IoredisClient): IoredisOptions {
  const own: IoredisOptions = client.options;
  return client.isCluster ? { ...own.redisOptions, ...own } : own;
}

/** Whether a value looks like an ioredis `Redis` or `Cluster`. */
export function isIoredisClient(value: unknown): value is IoredisClient {
  return (
    isObject(value) &&
    typeof value["status"] === "string" &&
    typeof value["createBuiltinCommand"] === "function" &&
    typeof value["sendCommand"] === "function" &&
    typeof value["duplicate"] === "function" &&
    isObject(value["options"])
  );
}

/** What a value is instead of an ioredis client, and what to do about it; the end of a sentence. */
export function describeForeignClient(value: unknown): string {
  if (isObject(value) && typeof value["sendCommand"] === "function" && "isOpen" in value) {
    return (
      "looks like a node-redis client; but not like one that createClient of version 5 or 6 makes (a cluster, a pool, a " +
      "sentinel or an older version is no single master): use that, or ioredis"
    );
  }
  if (typeof value === "string") return "is a string; use Redlock.connect([urls]) to make clients from URLs";
  if (isObject(value) && typeof value["then"] === "function") return "is a promise; await it first";
  if (isObject(value) && typeof value["invokeScript"] === "function") {
    return "looks like a valkey-glide client for a cluster; make a GlideClient per master";
  }
  return (
    "is no ioredis client (Redis or Cluster of ioredis 5 or 6), no node-redis client (createClient of redis 5 or 6), and " +
    "no valkey-glide client (GlideClient); a mock of one does not run the script: in a test, give it the nodes of " +
    "memoryNodes(3) of @quorate/testing"
  );
}

/** host:port or the socket's path, with the database when it is not 0. Never a user name or a password. */
export function nameOf(client: IoredisClient): string {
  const options = client.isCluster ? firstStartupNode(client) : optionsOf(client);
  const database = options.db === undefined || options.db === 0 ? "" : `/${options.db}`;
  if (typeof options.path === "string" && options.path !== "") return options.path + database;
  const address = `${options.host ?? "localhost"}:${options.port ?? 6379}${database}`;
  return client.isCluster ? `cluster ${address}` : address;
}

/** A startup node is an object, a port or a URL; `startupNodes` is private in ioredis's types. */
function firstStartupNode(client: IoredisClient): IoredisOptions {
  const first: unknown = (client as unknown as { startupNodes?: readonly unknown[] }).startupNodes?.[0];
  if (typeof first === "number") return { port: first };
  if (typeof first === "string" && URL.canParse(first)) {
    const url = new URL(first);
    return { host: url.hostname, ...(url.port === "" ? {} : { port: Number(url.port) }) };
  }
  return isObject(first) ? first : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
