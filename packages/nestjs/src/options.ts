/** What the module is told. */
import { type NodeAddress, type RedisClient, Redlock, type RedlockOptions } from "@quorate/redlock";
import type { Node } from "@quorate/redlock/node";

/** One of `addresses` and `clients`. */
export interface RedlockModuleOptions {
  /** One address per independent master: the clients are made by ioredis, and closed with the app. */
  readonly addresses?: readonly NodeAddress[] | undefined;
  /** One client per independent master: yours, and left open. In a test: `memoryNodes(3).connect()` of `@quorate/testing`. */
  readonly clients?: readonly (RedisClient | Node)[] | undefined;
  /** As for `new Redlock`. */
  readonly options?: RedlockOptions | undefined;
}

/** Throws `TypeError` for neither or both, and what `new Redlock` throws, before any connection is made. */
export function redlockFrom({ addresses, clients, options }: RedlockModuleOptions): Redlock {
  if (addresses !== undefined && clients === undefined) return Redlock.connect(addresses, options);
  if (clients !== undefined && addresses === undefined) return new Redlock(clients, options);
  throw new TypeError("RedlockModule needs either addresses or clients, one per independent Redis master.");
}
