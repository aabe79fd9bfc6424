/**
 * Nodes inside the test's own process, for unit tests of apps: no Redis, no network, real time, the same answers and
 * the same faults.
 *
 * ```ts
 * const fleet = memoryNodes(5);
 * const redlock = new Redlock(fleet.connect());
 * fleet.nodes[0].kill();
 * using cut = fleet.network.partition([1, 2]);
 * ```
 */
import { createNode, type Node } from "@quorate/redlock/node";

import { Network } from "../rule/network.ts";
import { MachineClocks } from "./clock.ts";
import { SimConnection } from "./connection.ts";
import { SAFE_CLIENT_SETTINGS } from "./dialer.ts";
import { type Latency, Link } from "./link.ts";
import { Prng } from "./prng.ts";
import { realRuntime, realTimeline } from "./real-time.ts";
import { SimServer } from "./server.ts";

export interface MemoryNodesOptions {
  /**
   * How long a message takes each way.
   * @default none
   */
  readonly latency?: Latency;
  /**
   * For jitter, tokens and run ids.
   * @default drawn
   */
  readonly seed?: number;
}

export interface MemoryNodes {
  /** Each one can be killed, stopped, restarted with or without its memory, flushed, or given a wrong clock. */
  readonly nodes: readonly SimServer[];
  /** The faults between `peer`s and nodes. */
  readonly network: Network;
  /**
   * What `new Redlock(...)` takes: a client's view of every node. Call it once for each process that the test pretends
   * to have; `peer` is its name in network faults.
   */
  connect(peer?: string): Node[];
}

export function memoryNodes(count = 5, options: MemoryNodesOptions = {}): MemoryNodes {
  const { latency = { baseMs: 0, jitterMs: 0 }, seed = Math.floor(Math.random() * 2 ** 32) } = options;
  const prng = new Prng(seed);
  const network = new Network(() => prng.next());
  const nodes = Array.from({ length: count }, (_, index) => {
    const clocks = new MachineClocks(realTimeline, { wallAtZeroMs: Date.now() - realTimeline.nowMs });
    return new SimServer(`memory node ${index}`, index, clocks, prng.fork(`node ${index}`));
  });
  const host = { enter: (callback: () => void): void => callback() };
  const runtime = realRuntime(prng.fork("runtime"));
  const connect = (peer = "app"): Node[] =>
    nodes.map((server) => {
      const link = new Link(network, peer, server.index, latency, prng.fork(peer));
      const route = { timeline: realTimeline, host, link, server, settings: SAFE_CLIENT_SETTINGS };
      return createNode(new SimConnection(route), runtime);
    });
  return { nodes, network, connect };
}
