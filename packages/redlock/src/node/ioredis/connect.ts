/** Nodes over ioredis: from clients that a user brings, or from URLs. */
import { createRequire } from "node:module";
import type { Runtime } from "../../runtime/runtime.ts";
import { createNode } from "../batching-node.ts";
import type { Node } from "../node.ts";
import type { IoredisClient } from "./client.ts";
import { IoredisConnection } from "./ioredis-connection.ts";
import { safeSettings } from "./safe-settings.ts";

/** Where a node is: a `redis://` or `rediss://` URL, host:port, a socket's path, or options as ioredis takes them. */
export type NodeAddress = string | Readonly<Record<string, unknown>>;

export type RedisConstructor = new (...parameters: (string | object)[]) => IoredisClient;

/** A node over a client that the user made, and keeps: closing the node leaves it open. */
export function nodeOfClient(client: IoredisClient, runtime: Runtime): Node {
  return createNode(new IoredisConnection({ client, runtime, isOurs: false }), runtime);
}

/**
 * A node over a client made here, with settings that are safe for a quorum; closing the node ends it. What the address
 * itself says comes before our settings. Throws where ioredis is not installed.
 */
export function connectNode(address: NodeAddress, runtime: Runtime): Node {
  const Redis = loadIoredis();
  const settings = safeSettings(runtime);
  const client = typeof address === "string" ? new Redis(address, settings) : new Redis({ ...settings, ...address });
  return createNode(new IoredisConnection({ client, runtime, isOurs: true }), runtime);
}

/** ioredis is an optional peer dependency: who brings clients has it, who uses another library need not. */
export function loadIoredis(): RedisConstructor {
  try {
    const loaded: unknown = createRequire(import.meta.url)("ioredis");
    return (loaded as { readonly Redis: RedisConstructor }).Redis;
  } catch (error) {
    throw new Error("Redlock.connect needs the package ioredis, version 5 or 6: npm install ioredis", { cause: error });
  }
}
