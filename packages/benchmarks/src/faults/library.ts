/** The libraries of the table, each used as its own documentation shows. */
import { createRequire } from "node:module";
import { Redlock } from "@quorate/redlock";
import { connectClients, disconnectClients } from "../peers/clients.ts";

interface Taken {
  release(): Promise<unknown>;
}

/** One process's use of a library. */
export interface Caller {
  /** One try; rejects when the lock cannot be had. */
  take(resource: string, ttlMs: number): Promise<Taken>;
  /** Keeps the lock alive while the routine runs; the signal says that it is lost. */
  using<R>(resource: string, ttlMs: number, routine: (signal: AbortSignal) => Promise<R>): Promise<R>;
  /** One of `count` permits; `undefined`: the library has no such thing over several nodes. */
  readonly takePermit: ((resource: string, ttlMs: number, count: number) => Promise<unknown>) | undefined;
  close(): Promise<void>;
}

export interface Library {
  readonly name: string;
  open(urls: readonly string[]): Promise<Caller>;
}

const require = createRequire(import.meta.url);

export const ours: Library = {
  name: "@quorate/redlock",
  async open(urls) {
    const redlock = Redlock.connect(urls);
    // A fault is looked for, not what is told of it.
    redlock.on("warning", () => {});
    // As the others' clients are waited for. Where no node lets us in, that is what the play is about.
    await redlock.ready({ ttlMs: 10, waitMs: 5_000 }).catch(() => {});
    return {
      take: (resource, ttlMs) => redlock.acquire(resource, ttlMs, { waitMs: 0 }),
      using: (resource, ttlMs, routine) => redlock.using(resource, ttlMs, (signal) => routine(signal)),
      takePermit: (resource, ttlMs, permits) => redlock.acquire(resource, ttlMs, { permits, waitMs: 0 }),
      close: () => redlock.close(),
    };
  },
};

interface Redlock5 {
  acquire(resources: readonly string[], ttlMs: number): Promise<Taken>;
  using<R>(resources: readonly string[], ttlMs: number, routine: (signal: AbortSignal) => Promise<R>): Promise<R>;
  on(event: "error", listener: () => void): void;
}

const redlock5: Library = {
  name: "redlock 5.0.0-beta.2",
  async open(urls) {
    type Constructor = new (clients: readonly unknown[], settings: object) => Redlock5;
    const { default: Peer } = require("redlock5") as { readonly default: Constructor };
    const clients = await connectClients(urls);
    const redlock = new Peer(clients, { retryCount: 0 });
    redlock.on("error", () => {});
    return {
      take: (resource, ttlMs) => redlock.acquire([resource], ttlMs),
      using: (resource, ttlMs, routine) => redlock.using([resource], ttlMs, routine),
      takePermit: undefined,
      close: async () => disconnectClients(clients),
    };
  },
};

interface Mutex {
  acquire(): Promise<void>;
  release(): Promise<void>;
}

const redisSemaphore: Library = {
  name: "redis-semaphore 5.8.0",
  async open(urls) {
    type Constructor<More extends unknown[]> = new (clients: readonly unknown[], key: string, ...more: More) => Mutex;
    const { RedlockMutex, RedlockSemaphore } = require("redis-semaphore") as {
      readonly RedlockMutex: Constructor<[options: object]>;
      readonly RedlockSemaphore: Constructor<[limit: number, options: object]>;
    };
    const clients = await connectClients(urls);
    const once = { acquireAttemptsLimit: 1, onLockLost: () => {} };
    return {
      async take(resource, ttlMs) {
        const mutex = new RedlockMutex(clients, resource, { ...once, lockTimeout: ttlMs });
        await mutex.acquire();
        return mutex;
      },
      async using(resource, ttlMs, routine) {
        const lost = new AbortController();
        const options = { ...once, lockTimeout: ttlMs, onLockLost: (error: unknown) => lost.abort(error) };
        const mutex = new RedlockMutex(clients, resource, options);
        await mutex.acquire();
        try {
          return await routine(lost.signal);
        } finally {
          await mutex.release();
        }
      },
      async takePermit(resource, ttlMs, count) {
        const permit = new RedlockSemaphore(clients, resource, count, { ...once, lockTimeout: ttlMs });
        await permit.acquire();
        return permit;
      },
      close: async () => disconnectClients(clients),
    };
  },
};

interface UniversalLock {
  acquire(): Promise<unknown>;
  release(handle: unknown): Promise<boolean>;
  using<R>(routine: (signal: AbortSignal) => Promise<R>): Promise<R>;
}

const redlockUniversal: Library = {
  name: "redlock-universal 0.8.5",
  async open(urls) {
    const name = "redlock-universal";
    const { IoredisAdapter, createRedlock } = (await import(name)) as {
      readonly IoredisAdapter: new (client: unknown) => object;
      readonly createRedlock: (config: object) => UniversalLock;
    };
    const clients = await connectClients(urls);
    const adapters = clients.map((client) => new IoredisAdapter(client));
    const lockOf = (key: string, ttl: number): UniversalLock => createRedlock({ adapters, key, ttl, retryAttempts: 0 });
    return {
      async take(resource, ttlMs) {
        const lock = lockOf(resource, ttlMs);
        const handle = await lock.acquire();
        return { release: () => lock.release(handle) };
      },
      using: (resource, ttlMs, routine) => lockOf(resource, ttlMs).using(routine),
      takePermit: undefined,
      close: async () => disconnectClients(clients),
    };
  },
};

export const libraries: readonly Library[] = [ours, redlock5, redisSemaphore, redlockUniversal];
