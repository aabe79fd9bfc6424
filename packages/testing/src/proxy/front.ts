/** A fleet's proxies: one in front of each server for each peer, all under one network. */
import type { RedisServer } from "../redis/server.ts";
import type { Network } from "../rule/network.ts";
import { Proxy } from "./proxy.ts";

export class Front {
  readonly net: Network;
  readonly #servers: readonly RedisServer[];
  readonly #moved = new Map<number, RedisServer>();
  readonly #proxies = new Map<string, Promise<readonly Proxy[]>>();

  constructor(servers: readonly RedisServer[], net: Network) {
    this.#servers = servers;
    this.net = net;
  }

  /** The servers as this peer reaches them. */
  async urlsFor(peer: string): Promise<string[]> {
    const proxies = this.#proxies.get(peer) ?? this.#start(peer);
    this.#proxies.set(peer, proxies);
    const ports = (await proxies).map((proxy) => proxy.port);
    return this.#servers.map((server, index) => server.urlAt(ports[index] ?? 0));
  }

  /** One node's address leads to another server from now on, for all peers that know the fleet. */
  async moveAddress(node: number, server: RedisServer): Promise<void> {
    this.#moved.set(node, server);
    for (const proxies of await Promise.all(this.#proxies.values())) proxies[node]?.leadTo(server.host, server.port);
  }

  async stop(): Promise<void> {
    const proxies = await Promise.all(this.#proxies.values());
    await Promise.all(proxies.flat().map((proxy) => proxy.stop()));
  }

  #start(peer: string): Promise<readonly Proxy[]> {
    const starts = this.#servers.map((server) => {
      const { host, port } = this.#moved.get(server.index) ?? server;
      return Proxy.start({ node: server.index, peer, host, port }, this.net);
    });
    return Promise.all(starts);
  }
}
