/** RedlockMutex of redis-semaphore; of permits its RedlockSemaphore, or its Semaphore of one server. */
import { createRequire } from "node:module";
import { connectClients, disconnectClients } from "./clients.ts";
import type { Peer, PeerSetup } from "./peer.ts";

interface Mutex {
  acquire(): Promise<void>;
  release(): Promise<void>;
}

type MutexConstructor = new (clients: readonly unknown[], key: string, options: object) => Mutex;
type SemaphoreConstructor<Clients> = new (clients: Clients, key: string, limit: number, options: object) => Mutex;
interface Library {
  readonly RedlockMutex: MutexConstructor;
  readonly RedlockSemaphore: SemaphoreConstructor<readonly unknown[]>;
  readonly Semaphore: SemaphoreConstructor<unknown>;
}

export async function openRedisSemaphore(setup: PeerSetup, isOneServer = false): Promise<Peer<Mutex>> {
  const { RedlockMutex, RedlockSemaphore, Semaphore } = createRequire(import.meta.url)("redis-semaphore") as Library;
  const { permits } = setup;
  const clients = await connectClients(isOneServer ? setup.urls.slice(0, 1) : setup.urls);
  const options = {
    lockTimeout: setup.ttlMs,
    acquireTimeout: 60_000,
    retryInterval: setup.retryDelayMs,
    onLockLost: () => {},
    // Its own default where it shall extend, 80 % of the TTL.
    ...(setup.autoExtend ? {} : { refreshInterval: 0 }),
  };
  const make = (key: string): Mutex => {
    if (isOneServer) return new Semaphore(clients[0], key, permits ?? 1, options);
    return permits === undefined
      ? new RedlockMutex(clients, key, options)
      : new RedlockSemaphore(clients, key, permits, options);
  };
  return {
    async acquire(resources) {
      const mutex = make(String(resources[0]));
      await mutex.acquire();
      return mutex;
    },
    release: (mutex) => mutex.release(),
    close: async () => disconnectClients(clients),
  };
}
