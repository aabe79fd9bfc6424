/** A fleet of its own, with one driver process per peer connected to it. */
import type { Fleet } from "@quorate/testing";
import { Driver } from "../driver/driver.ts";
import type { CyclesOrder, CyclesReport } from "../driver/order.ts";
import { costBetween, reachable, readServerCost, type ServerCost } from "../measure/server-cost.ts";
import type { PeerName } from "../peers/peers.ts";
import { startAgedFleet } from "./aged-fleet.ts";
import { proveExclusive } from "./prove-exclusive.ts";

const leftoversGoneWithinMs = 2_000;

export const ttlMs = 5_000;
export const retryDelayMs = 10;

/** One peer's part of one round. */
export interface Measured extends CyclesReport {
  readonly servers: ServerCost;
  /** Lock keys that were still there some time after the last release. */
  readonly leftKeyCount: number;
}

export interface StandOptions {
  readonly nodeCount: number;
  readonly peers: readonly PeerName[];
  /** Whether proxies stand in front of the nodes, so that the network can be broken. */
  readonly isProxied?: boolean;
}

export class Stand {
  readonly fleet: Fleet;
  readonly #drivers = new Map<PeerName, Driver>();
  /** Nodes that cannot be asked anything now. */
  silentNodes: readonly number[] = [];

  private constructor(fleet: Fleet) {
    this.fleet = fleet;
  }

  /** Starts all, and proves once for every peer that its lock is one. */
  static async open(options: StandOptions): Promise<Stand> {
    const fleet = await startAgedFleet({ nodes: options.nodeCount, proxied: options.isProxied === true });
    const stand = new Stand(fleet);
    try {
      for (const peer of options.peers) {
        await using rival = await stand.#open(peer);
        await proveExclusive(fleet, await stand.#driver(peer), rival, peer);
      }
      return stand;
    } catch (error) {
      await stand.close();
      throw error;
    }
  }

  /** Lets one peer run, and takes the cost of it on both sides. A driver in which callers hang is replaced. */
  async measure(peer: PeerName, order: Omit<CyclesOrder, "kind">): Promise<Measured> {
    const driver = await this.#driver(peer);
    const servers = reachable(this.fleet, this.silentNodes);
    const before = await readServerCost(servers);
    const report = await driver.tell({ kind: "cycles", ...order });
    const after = await readServerCost(servers);
    if (report.hungCount > 0) await this.#dismiss(peer);
    const leftKeyCount = await this.#countLeftKeys();
    return { ...report, servers: costBetween(before, after, servers.length), leftKeyCount };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#drivers.values()].map((driver) => driver.end()));
    await this.fleet.stop();
  }

  async #driver(peer: PeerName): Promise<Driver> {
    let driver = this.#drivers.get(peer);
    if (driver === undefined) {
      driver = await this.#open(peer);
      this.#drivers.set(peer, driver);
    }
    return driver;
  }

  #open(peer: PeerName): Promise<Driver> {
    return Driver.open({ peer, urls: this.fleet.urls, ttlMs, retryDelayMs, autoExtend: false });
  }

  async #dismiss(peer: PeerName): Promise<void> {
    await this.#drivers.get(peer)?.end();
    this.#drivers.delete(peer);
  }

  /** The last releases may still be on their way to the nodes that a quorum did not need. */
  async #countLeftKeys(): Promise<number> {
    const until = performance.now() + leftoversGoneWithinMs;
    const servers = reachable(this.fleet, this.silentNodes);
    for (;;) {
      const keys = await Promise.all(servers.map((server) => server.lockKeys()));
      const count = keys.flat().length;
      if (count === 0) return 0;
      if (performance.now() > until) {
        // Not by a flush: a node that was flushed does not vote for ours until a TTL is over.
        await Promise.all(
          servers.map(async (server, index) => {
            const left = keys[index] ?? [];
            if (left.length > 0) await server.command("DEL", ...left);
          }),
        );
        return count;
      }
    }
  }
}
