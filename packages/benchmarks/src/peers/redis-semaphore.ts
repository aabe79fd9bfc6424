/** RedlockMutex of redis-semaphore. */
import { createRequire } from "node:module";
import { connectClients, disconnectClients } from "./clients.ts";
import type { Peer, PeerSetup } from "./peer.ts";

interface Mutex {
  acquire(): Promise<void>;
  release(): Promise<void>;
}

type MutexConstructor = new (clients: readonly unknown[], key: string, options: object) => Mutex;

export async function openRedisSemaphore(setup: PeerSetup): Promise<Peer<Mutex>> {
  const loaded: unknown = createRequire(import.meta.url)("redis-semaphore");
  const { RedlockMutex } = loaded as { readonly RedlockMutex: MutexConstructor };
  const clients = await connectClients(setup.urls);
  const options = {
    lockTimeout: setup.ttlMs,
    acquireTimeout: 60_000,
    retryInterval: setup.retryDelayMs,
    onLockLost: () => {},
    // Its own default where it shall extend, 80 % of the TTL.
    ...(setup.autoExtend ? {} : { refreshInterval: 0 }),
  };
  return {
    async acquire(resources) {
      const mutex = new RedlockMutex(clients, String(resources[0]), options);
      await mutex.acquire();
      return mutex;
    },
    release: (mutex) => mutex.release(),
    close: async () => disconnectClients(clients),
  };
}
