/**
 * Addresses, and the servers behind them. An address may come to lead to a spare server, which has been running for long
 * and was never locked on; the one that it led to before is wiped, and is a spare from then on.
 */
import type { ProxiedFleet } from "../redis/fleet.ts";
import type { RedisServer } from "../redis/server.ts";

export class Places {
  readonly #fleet: ProxiedFleet;
  readonly #servers: RedisServer[];
  readonly #spares: RedisServer[];

  constructor(fleet: ProxiedFleet, nodeCount: number) {
    this.#fleet = fleet;
    this.#servers = fleet.servers.slice(0, nodeCount);
    this.#spares = fleet.servers.slice(nodeCount);
  }

  get count(): number {
    return this.#servers.length;
  }

  /** The server that the address leads to now. */
  at(node: number): RedisServer {
    return this.#servers[node]!;
  }

  /** Does nothing without a spare that runs. */
  async move(node: number): Promise<void> {
    const spare = this.#spares.shift();
    if (spare === undefined) return;
    const former = this.at(node);
    this.#servers[node] = spare;
    await this.#fleet.moveAddress(node, spare);
    // What comes back later, and knows an old state of things, nobody can tell from what was there all the time.
    await former.restart({ keepData: false });
    this.#spares.push(former);
  }

  /** Every server runs again. */
  async heal(): Promise<void> {
    for (const server of this.#servers) {
      server.resume();
      if (!server.running) await server.restart({ keepData: true });
    }
  }

  /** Of the servers that addresses lead to. */
  async lockKeys(): Promise<string[]> {
    const found = await Promise.all(
      this.#servers.map(async (server, node) => (await server.lockKeys()).map((key) => `${key} on node ${node}`)),
    );
    return found.flat();
  }
}
