/**
 * Several independent redis-server processes, as the nodes of a quorum. Real ones, one folder and one port each: five
 * databases of one server would die, hang and forget together.
 */
import { join } from "node:path";
import { Front } from "../proxy/front.ts";
import { Network } from "../rule/network.ts";
import { RedisServer } from "./server.ts";
import type { ServerOptions } from "./server-options.ts";
import { ServerSite } from "./server-site.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

/** What `startFleet` starts. */
export interface FleetOptions {
  /**
   * How many servers, or one entry of options for each.
   * @default 5
   */
  readonly nodes?: number | readonly ServerOptions[];
  /** What holds for every server, where its own entry does not say otherwise. */
  readonly server?: ServerOptions;
  /**
   * Whether the fleet's URLs lead through proxies that obey `fleet.net`.
   * @default false
   */
  readonly proxied?: boolean;
  /**
   * A number in [0, 1) for the network's jitter.
   * @default Math.random
   */
  readonly random?: () => number;
}

/** A lock key, and the node it was found on. */
export interface FoundKey {
  readonly node: number;
  readonly key: string;
}

/** A fleet whose network can be broken. */
export type ProxiedFleet = Fleet & { readonly net: Network };

/** Running servers, from `startFleet` to `stop`. */
export class Fleet {
  readonly servers: readonly RedisServer[];
  /** One per node, in order; through the proxies where there are any. */
  readonly urls: readonly string[];
  readonly #watchdog: Watchdog;
  readonly #front: Front | undefined;
  #stopped: Promise<void> | undefined;

  /** For `startFleet`. */
  constructor(servers: readonly RedisServer[], urls: readonly string[], watchdog: Watchdog, front: Front | undefined) {
    this.servers = servers;
    this.urls = urls;
    this.#watchdog = watchdog;
    this.#front = front;
  }

  /** The faults between callers and servers; `undefined` when the fleet is not proxied. */
  get net(): Network | undefined {
    return this.#front?.net;
  }

  /**
   * The URLs for one of several callers whom `net` is to tell apart: messages from there have this `peer`. Rejects
   * when the fleet is not proxied.
   */
  async urlsFor(peer: string): Promise<readonly string[]> {
    if (this.#front === undefined)
      throw new Error("only a fleet that was started with `proxied: true` tells peers apart");
    return this.#front.urlsFor(peer);
  }

  /**
   * The address of one node, as callers know it, leads to another of the fleet's servers from now on; connections to the
   * former one are gone. Rejects when the fleet is not proxied.
   */
  async moveAddress(node: number, server: RedisServer): Promise<void> {
    if (this.#front === undefined)
      throw new Error("only a fleet that was started with `proxied: true` can move addresses");
    await this.#front.moveAddress(node, server);
  }

  /** The server at this place; throws when there is none. */
  node(index: number): RedisServer {
    const server = this.servers[index];
    if (server === undefined) throw new RangeError(`no node ${index} in a fleet of ${this.servers.length}`);
    return server;
  }

  /** The lock keys on all servers that run; fences are not lock keys. Rejects when one that runs does not answer. */
  async lockKeys(): Promise<FoundKey[]> {
    const running = this.servers.filter((server) => server.running);
    const found = await Promise.all(
      running.map(async (server) => (await server.lockKeys()).map((key) => ({ node: server.index, key }))),
    );
    return found.flat();
  }

  /** Kills the servers and removes their folders; resolves when both are gone. */
  stop(): Promise<void> {
    return (this.#stopped ??= stopAll(this.servers, this.#watchdog, this.#front));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * Starts the servers on free ports of the loopback interface; resolves when all of them answer. Stop the fleet, or hold
 * it with `await using`. When the process dies, by SIGKILL too, servers and folders disappear by themselves.
 */
export function startFleet(options: FleetOptions & { readonly proxied: true }): Promise<ProxiedFleet>;
export function startFleet(options?: FleetOptions): Promise<Fleet>;
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const watchdog = await startWatchdog();
  const servers: RedisServer[] = [];
  const starts = await Promise.allSettled(
    eachServer(options).map(async (serverOptions, index) => {
      const site = await ServerSite.make(join(watchdog.folder, `node-${index}`), serverOptions);
      const server = new RedisServer(index, site);
      servers[index] = server;
      await server.start();
    }),
  );
  const failed = starts.find((start) => start.status === "rejected");
  if (failed !== undefined) {
    await stopAll(
      servers.filter((server) => server !== undefined),
      watchdog,
    );
    throw failed.reason;
  }
  const front = options.proxied === true ? new Front(servers, new Network(options.random)) : undefined;
  const urls = (await front?.urlsFor("")) ?? servers.map((server) => server.url);
  return new Fleet(servers, urls, watchdog, front);
}

function eachServer({ nodes = 5, server = {} }: FleetOptions): ServerOptions[] {
  const own: readonly ServerOptions[] = typeof nodes === "number" ? Array.from({ length: nodes }, () => ({})) : nodes;
  return own.map((each) => ({ ...server, ...each, config: { ...server.config, ...each.config } }));
}

async function stopAll(servers: readonly RedisServer[], watchdog: Watchdog, front?: Front): Promise<void> {
  await front?.stop();
  await Promise.all(servers.map((server) => server.dispose()));
  await watchdog.finish();
}
