/** Which adapter fits what a user brought. The only place that knows all of them. */
import type { Runtime } from "../runtime/runtime.ts";
import { createNode } from "./batching-node.ts";
import { checkAddresses } from "./ioredis/addresses.ts";
import { describeForeignClient, isIoredisClient, type IoredisClient } from "./ioredis/client.ts";
import {
  connectNode,
  installedIoredis,
  type NodeAddress,
  nodeOfClient,
  type RedisConstructor,
} from "./ioredis/connect.ts";
import { isNodeRedisClient, type NodeRedisClient } from "./node-redis/client.ts";
import { NodeRedisConnection } from "./node-redis/node-redis-connection.ts";
import type { Node } from "./node.ts";
import { type GlideLikeClient, isGlideClient } from "./valkey-glide/client.ts";
import { ValkeyGlideConnection } from "./valkey-glide/valkey-glide-connection.ts";

/**
 * A client of a supported library, recognised by its shape: ioredis 5 or 6 (`Redis` or `Cluster`), node-redis 5 or 6
 * (`createClient`), or valkey-glide 2 (`GlideClient`).
 */
export type RedisClient = IoredisClient | NodeRedisClient | GlideLikeClient;

export type { NodeAddress };

/** A quorum of more nodes than this is a mistake in the caller. */
const MOST_NODES = 31;

/** One node per client; `keyPrefix` is that of the lock keys. Throws `TypeError` or `RangeError` before any I/O. */
export function adaptClients(clients: readonly (RedisClient | Node)[], runtime: Runtime, keyPrefix = ""): Node[] {
  checkCount(clients, "clients");
  clients.forEach((client, index) => {
    if (!isAdaptable(client)) {
      throw new TypeError(`Redlock: clients[${index}] ${describeForeignClient(client)}.`);
    }
    const twin = clients.indexOf(client);
    if (twin < index) throw new TypeError(`Redlock: clients[${twin}] and clients[${index}] are the same client.`);
  });
  return makeAll(clients, (client) => (isNode(client) ? client : nodeOf(client, runtime, keyPrefix)));
}

/** All, or none: where one cannot be made, those before it are closed. */
function makeAll<Source>(sources: readonly Source[], make: (source: Source) => Node): Node[] {
  const nodes: Node[] = [];
  try {
    for (const source of sources) nodes.push(make(source));
    return nodes;
  } catch (error) {
    for (const node of nodes) void node.close();
    throw error;
  }
}

/** Whether `adaptClients` takes it. */
export function isAdaptable(value: unknown): value is RedisClient | Node {
  return isNode(value) || isIoredisClient(value) || isNodeRedisClient(value) || isGlideClient(value);
}

function nodeOf(client: RedisClient, runtime: Runtime, keyPrefix: string): Node {
  if (isIoredisClient(client)) return nodeOfClient(client, runtime, keyPrefix);
  const Adapter = isNodeRedisClient(client) ? NodeRedisConnection : ValkeyGlideConnection;
  return createNode(new Adapter(client as NodeRedisClient & GlideLikeClient, runtime, keyPrefix), runtime);
}

/** One node per address, over clients made here. */
export function connectNodes(
  addresses: readonly NodeAddress[],
  runtime: Runtime,
  keyPrefix = "",
  given?: unknown,
): Node[] {
  checkCount(addresses, "addresses");
  checkAddresses(addresses);
  if (given !== undefined && typeof given !== "function") {
    throw new TypeError(`Redlock.connect: option Redis must be the class Redis of ioredis, got ${typeof given}.`);
  }
  const Redis = (given as RedisConstructor | undefined) ?? installedIoredis();
  return makeAll(addresses, (address) => connectNode(address, runtime, keyPrefix, Redis));
}

function checkCount(list: readonly unknown[], name: string): void {
  if (!Array.isArray(list)) throw new TypeError(`Redlock: ${name} must be an array with one entry per master.`);
  if (list.length >= 1 && list.length <= MOST_NODES) return;
  throw new RangeError(`Redlock: ${name} must have 1 to ${MOST_NODES} entries, one per master, got ${list.length}.`);
}

function isNode(value: unknown): value is Node {
  const node = value as Partial<Node> | null;
  return typeof node?.send === "function" && typeof node.overdue === "function";
}
