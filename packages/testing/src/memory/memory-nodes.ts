/**
 * Nodes inside the test's own process, for unit tests of apps: no Redis, no network, real time, the same answers and
 * the same faults.
 *
 * ```ts
 * const fleet = memoryNodes(5);
 * const redlock = new Redlock(fleet.connect());
 * fleet.nodes[0].kill();
 * using cut = fleet.net.partition([1, 2]);
 * ```
 */
import { createNode, type Node, systemRuntime } from "@quorate/redlock/node";

import { Network } from "../rule/network.ts";
import { MachineClocks } from "../sim/clock.ts";
import { SimConnection } from "../sim/connection.ts";
import { SAFE_CLIENT_SETTINGS } from "../sim/dialer.ts";
import { type Latency, Link } from "../sim/link.ts";
import { Prng } from "../sim/prng.ts";
import { SimServer } from "../sim/server.ts";
import { realTimeline } from "./real-timeline.ts";

/** How the network between the nodes and their users is while nothing disturbs it. */
export interface MemoryNodesOptions {
  /**
   * How long a message takes each way.
   * @default none
   */
  readonly latency?: Latency;
  /**
   * For jitter and run ids.
   * @default drawn
   */
  readonly seed?: number;
}

/** Nodes in memory, and what can be done to them. */
export interface MemoryNodes {
  /** Each one can be killed, stopped, restarted with or without its memory, flushed, or given a wrong clock. */
  readonly nodes: readonly SimServer[];
  /** The faults between `peer`s and nodes. */
  readonly net: Network;
  /** The node at this place; throws when there is none. */
  node(index: number): SimServer;
  /**
   * What `new Redlock(...)` takes: a client's view of every node. Call it once for each process that the test pretends
   * to have; `peer` is its name in network faults.
   */
  connect(peer?: string): Node[];
}

/** They are up for a week already, so that no restart guard keeps anybody out; and gone with the last reference. */
export function memoryNodes(count = 5, options: MemoryNodesOptions = {}): MemoryNodes {
  const { latency = { baseMs: 0, jitterMs: 0 }, seed = Math.floor(systemRuntime.random() * 2 ** 32) } = options;
  const prng = new Prng(seed);
  const net = new Network(() => prng.next());
  const { monotonicMs, wallMs } = systemRuntime.readClocks();
  const nodes = Array.from({ length: count }, (_, index) => {
    const clocks = new MachineClocks(realTimeline, { wallAtZeroMs: wallMs - monotonicMs });
    return new SimServer(`memory node ${index}`, index, clocks, prng.fork(`node ${index}`));
  });
  const host = { enter: (callback: () => void): void => callback() };
  const connect = (peer = "app"): Node[] =>
    nodes.map((server) => {
      const link = new Link(net, peer, server.index, latency, prng.fork(peer));
      const route = { timeline: realTimeline, host, link, server, settings: SAFE_CLIENT_SETTINGS };
      return createNode(new SimConnection(route, systemRuntime), systemRuntime);
    });
  const node = (index: number): SimServer => {
    const found = nodes[index];
    if (found === undefined) throw new RangeError(`no node ${index} among ${nodes.length} in memory`);
    return found;
  };
  return { nodes, net, node, connect };
}
