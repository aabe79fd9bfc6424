/** Every client library that has an adapter, made the way its users make it: with its own default settings. */
import { GlideClient, Logger } from "@valkey/valkey-glide";
import * as ioredis5 from "ioredis";
import * as ioredis6 from "ioredis6";
import { createClient as createClient5 } from "redis5";
import { createClient as createClient6 } from "redis6";
import { adaptClients, type RedisClient } from "../../src/node/adapt.ts";
import type { IoredisClient } from "../../src/node/ioredis/client.ts";
import type { Node, Operation, Vote } from "../../src/node/index.ts";
import { systemRuntime } from "../../src/runtime/system.ts";

// It prints what it makes of every lost connection.
Logger.init("off");

export interface Adapter {
  readonly name: string;
  /** Whether it hears release announcements. */
  readonly hears: boolean;
  /** Whether the library itself makes do without the permission for INFO. */
  readonly worksWithoutInfo: boolean;
  /** Whether a client can be made while its server is away. */
  readonly waitsForServer: boolean;
  connect(url: string): Promise<OwnedClient>;
}

/** A client, and how its owner ends it. */
export interface OwnedClient {
  readonly client: RedisClient;
  end(): void;
  /** Listeners that are on it for good. */
  listenerCount(): number;
}

const usual = { hears: true, worksWithoutInfo: true, waitsForServer: true };

export const adapters: readonly Adapter[] = [
  { name: "ioredis 5", ...usual, connect: async (url) => viaIoredis(new ioredis5.Redis(url)) },
  { name: "ioredis 6", ...usual, connect: async (url) => viaIoredis(new ioredis6.Redis(url)) },
  { name: "node-redis 5", ...usual, connect: async (url) => viaNodeRedis(createClient5({ url })) },
  { name: "node-redis 6", ...usual, connect: async (url) => viaNodeRedis(createClient6({ url })) },
  { name: "valkey-glide 2", hears: false, worksWithoutInfo: false, waitsForServer: false, connect: viaGlide },
];

function viaIoredis(client: IoredisClient & Emitter): OwnedClient {
  client.on("error", () => {});
  return { client, end: () => client.disconnect(), listenerCount: () => countOf(client) };
}

interface NodeRedisLike {
  connect(): Promise<unknown>;
  destroy(): void;
  readonly isOpen: boolean;
  on(event: string, listener: () => void): unknown;
}

async function viaNodeRedis(made: NodeRedisLike): Promise<OwnedClient> {
  made.on("error", () => {});
  void made.connect().catch(() => {});
  const client = made as unknown as RedisClient;
  return {
    client,
    end: () => {
      if (made.isOpen) made.destroy();
    },
    listenerCount: () => countOf(made as never),
  };
}

async function viaGlide(url: string): Promise<OwnedClient> {
  const { hostname, port, username, password } = new URL(url);
  const client = await GlideClient.createClient({
    addresses: [{ host: hostname, port: Number(port) }],
    ...(username === "" ? {} : { credentials: { username, password } }),
    connectionBackoff: { numberOfRetries: 2, factor: 50, exponentBase: 2 },
  });
  return { client, end: () => client.close(), listenerCount: () => 0 };
}

interface Emitter {
  listenerCount(event: string): number;
}

function countOf(emitter: Emitter): number {
  return ["ready", "close", "end", "error", "reconnecting"].reduce(
    (sum, event) => sum + emitter.listenerCount(event),
    0,
  );
}

/** A node over one of these, with its votes as promises. */
export class AdaptedNode implements AsyncDisposable {
  readonly node: Node;
  readonly owned: OwnedClient;
  readonly warnings: Map<string, string> = new Map();

  constructor(owned: OwnedClient) {
    this.owned = owned;
    this.node = adaptClients([owned.client], systemRuntime)[0]!;
    this.node.setListener({ onStatus: () => {}, onWarning: (code, message) => this.warnings.set(code, message) });
  }

  /** The vote, however late. */
  ask(operation: Operation): Promise<Vote> {
    return new Promise((resolve) => {
      this.node.send(operation, { receive: (_index, vote) => resolve(vote), abandoned: false }, 0);
    });
  }

  /** Resolves when the node is up; asks it now and then, as rounds do, since some clients tell nothing by themselves. */
  async whenUp(probe: Operation): Promise<void> {
    const giveUpAtMs = performance.now() + 20_000;
    for (;;) {
      if (this.node.state.status === "up" && (await this.ask(probe)).outcome !== "unknown") return;
      if (performance.now() > giveUpAtMs) throw new Error(`not up: ${JSON.stringify(this.node.state)}`);
      if (this.node.state.status === "down") void this.ask(probe);
      await pause(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.close();
    this.owned.end();
  }
}

export function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs));
}
