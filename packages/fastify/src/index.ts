/**
 * Distributed locks for Fastify: `app.redlock`, closed with the app.
 *
 * @packageDocumentation
 */
import { type NodeAddress, type RedisClient, Redlock, type RedlockOptions } from "@quorate/redlock";
import type { Node } from "@quorate/redlock/node";
import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import plugin from "fastify-plugin";

declare module "fastify" {
  interface FastifyInstance {
    /** Set by the plugin of `@quorate/fastify`. */
    redlock: Redlock;
  }
}

/** One of `addresses` and `clients`. */
export interface FastifyRedlockOptions {
  /** One address per independent master: the clients are made by ioredis, and closed with the app. */
  readonly addresses?: readonly NodeAddress[] | undefined;
  /** One client per independent master: yours, and left open. In a test: `memoryNodes(3).connect()` of `@quorate/testing`. */
  readonly clients?: readonly (RedisClient | Node)[] | undefined;
  /** As for `new Redlock`. */
  readonly options?: RedlockOptions | undefined;
}

async function decorate(app: FastifyInstance, given: FastifyRedlockOptions): Promise<void> {
  const redlock = redlockFrom(given);
  redlock.on("warning", ({ code, message }) => app.log.warn({ code }, message));
  app.decorate("redlock", redlock);
  app.addHook("onClose", () => redlock.close());
}

function redlockFrom({ addresses, clients, options }: FastifyRedlockOptions): Redlock {
  if (addresses !== undefined && clients === undefined) return Redlock.connect(addresses, options);
  if (clients !== undefined && addresses === undefined) return new Redlock(clients, options);
  throw new TypeError("@quorate/fastify needs either addresses or clients, one per independent Redis master.");
}

/**
 * `await app.register(fastifyRedlock, { addresses })`. Decorates the app with `redlock`, for the routes of all plugins;
 * when the app closes, and what was under way is answered, held locks are released. Clients that were given stay open.
 *
 * Registering rejects with `TypeError` for neither or both of `addresses` and `clients`, and with what `new Redlock`
 * throws; nothing is connected then.
 */
export const fastifyRedlock: FastifyPluginAsync<FastifyRedlockOptions> = plugin(decorate, {
  name: "@quorate/fastify",
  fastify: ">=4",
});

export default fastifyRedlock;
