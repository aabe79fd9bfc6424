/** A node over a real client, with its votes as promises. */
import * as five from "ioredis";
import * as six from "ioredis6";
import type { Node, Operation, Vote } from "../../src/node/index.ts";
import type { IoredisClient } from "../../src/node/ioredis/client.ts";
import { nodeOfClient } from "../../src/node/ioredis/connect.ts";
import { systemRuntime } from "../../src/runtime/system.ts";

/** What both versions' constructors have in common. */
export interface Library {
  readonly name: string;
  Redis(url: string, options?: object): IoredisClient;
  Cluster(nodes: { host: string; port: number }[], options?: object): IoredisClient;
}

export const libraries: readonly Library[] = [
  {
    name: "ioredis 5",
    Redis: (url, options = {}) => new five.Redis(url, options),
    Cluster: (nodes, options) => new five.Cluster(nodes, options),
  },
  {
    name: "ioredis 6",
    Redis: (url, options = {}) => new six.Redis(url, options),
    Cluster: (nodes, options) => new six.Cluster(nodes, options),
  },
];

export class RealNode implements AsyncDisposable {
  readonly node: Node;
  readonly client: IoredisClient;
  readonly warnings: Map<string, string> = new Map();
  readonly statuses: string[] = [];

  constructor(client: IoredisClient) {
    this.client = client;
    this.node = nodeOfClient(client, systemRuntime);
    this.node.setListener({
      onStatus: (state) => this.statuses.push(state.reason ?? state.status),
      onWarning: (code, message) => this.warnings.set(code, message),
    });
  }

  /** The vote, however late. */
  ask(operation: Operation, receiver: { abandoned: boolean } = { abandoned: false }): Promise<Vote> {
    return new Promise((resolve) => {
      this.node.send(
        operation,
        {
          receive: (_index, vote) => resolve(vote),
          get abandoned() {
            return receiver.abandoned;
          },
        },
        0,
      );
    });
  }

  /** Resolves when the node is up, asking nothing. */
  async whenUp(withinMs = 5000): Promise<void> {
    const giveUpAtMs = performance.now() + withinMs;
    while (this.node.state.status !== "up") {
      if (performance.now() > giveUpAtMs) throw new Error(`not up: ${JSON.stringify(this.node.state)}`);
      await pause(5);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.close();
    this.client.disconnect();
  }
}

export function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs));
}

/** Resolves when what has arrived by now was read: a node that was called overdue has made up its mind. */
export function inputRead(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
