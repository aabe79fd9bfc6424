/** Nodes over ioredis: from clients that a user brings, or from URLs. */
import type { Runtime } from "../../runtime/runtime.ts";
import { createNode } from "../batching-node.ts";
import type { Node } from "../node.ts";
import type { IoredisClient } from "./client.ts";
import { IoredisConnection } from "./ioredis-connection.ts";
import { loadIoredis } from "./load-ioredis.ts";
import { safeSettings } from "./safe-settings.ts";

/** Where a node is: a `redis://` or `rediss://` URL, host:port, a socket's path, or options as ioredis takes them. */
export type NodeAddress = string | Readonly<Record<string, unknown>>;

export type RedisConstructor = new (...parameters: (string | object)[]) => IoredisClient;

/** A node over a client that the user made, and keeps: closing the node leaves it open. */
export function nodeOfClient(client: IoredisClient, runtime: Runtime, keyPrefix = ""): Node {
  return createNode(new IoredisConnection({ client, runtime, keyPrefix, isOurs: false }), runtime);
}

/**
 * A node over a client made here, with settings that are safe for a quorum; closing the node ends it. What the address
 * itself says comes before our settings.
 */
export function connectNode(
  address: NodeAddress,
  runtime: Runtime,
  keyPrefix = "",
  Redis: RedisConstructor = installedIoredis(),
): Node {
  const settings = safeSettings(runtime);
  const client = typeof address === "string" ? new Redis(address, settings) : new Redis({ ...settings, ...address });
  return createNode(new IoredisConnection({ client, runtime, keyPrefix, isOurs: true }), runtime);
}

/** `Redis` of ioredis, found by the package manager's rules. Throws where it is not installed. */
export function installedIoredis(): RedisConstructor {
  let loaded: { readonly Redis?: unknown };
  try {
    loaded = loadIoredis() as typeof loaded;
  } catch (error) {
    throw new Error(
      "Redlock.connect needs the package ioredis, version 5 or 6: npm install ioredis. Where a bundler left it out, " +
        'hand it in: import { Redis } from "ioredis"; Redlock.connect(urls, { Redis }).',
      { cause: error },
    );
  }
  // ioredis 4 exports the class itself.
  if (typeof loaded.Redis !== "function") {
    throw new TypeError("Redlock.connect needs ioredis 5 or 6, but the one installed here is older.");
  }
  return loaded.Redis as RedisConstructor;
}
