/** redlock-universal, over its adapter for ioredis. */
import { connectClients, disconnectClients } from "./clients.ts";
import type { Peer, PeerSetup } from "./peer.ts";

interface UniversalLock {
  acquire(): Promise<unknown>;
  release(handle: unknown): Promise<boolean>;
}

interface Universal {
  readonly IoredisAdapter: new (client: unknown) => object;
  readonly createRedlock: (config: object) => UniversalLock;
}

interface Held {
  readonly lock: UniversalLock;
  readonly handle: unknown;
}

/** As often as can be: `retryDelayMs` apart this is longer than any benchmark runs. */
const retryAttempts = 100_000;

export async function openRedlockUniversal({ urls, ttlMs, retryDelayMs }: PeerSetup): Promise<Peer<Held>> {
  const name = "redlock-universal";
  const loaded: unknown = await import(name);
  const { IoredisAdapter, createRedlock } = loaded as Universal;
  const clients = await connectClients(urls);
  const adapters = clients.map((client) => new IoredisAdapter(client));
  return {
    async acquire(resources) {
      const key = String(resources[0]);
      const lock = createRedlock({ adapters, key, ttl: ttlMs, retryAttempts, retryDelay: retryDelayMs });
      return { lock, handle: await lock.acquire() };
    },
    release: ({ lock, handle }) => lock.release(handle),
    close: async () => disconnectClients(clients),
  };
}
