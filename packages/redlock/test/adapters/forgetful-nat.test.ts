/**
 * A NAT, a firewall or a load balancer between has forgotten the connections: what is written goes nowhere, and nobody is
 * told. With the settings that the warning asks for, the clients are back by themselves within seconds. A client of
 * valkey-glide is not: it has no setting for that.
 */
import { Redlock } from "@quorate/redlock";
import { type ProxiedFleet, startFleet } from "@quorate/testing";
import * as ioredis5 from "ioredis";
import * as ioredis6 from "ioredis6";
import { createClient as createClient5 } from "redis5";
import { createClient as createClient6 } from "redis6";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { RedisClient } from "../../src/node/adapt.ts";
import type { IoredisClient } from "../../src/node/ioredis/client.ts";
import type { NodeRedisClient } from "../../src/node/node-redis/client.ts";
import { connectTo, forTest } from "../support/connect-to.ts";

let fleet: ProxiedFleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3, proxied: true });
});
afterAll(() => fleet.stop());

const forIoredis = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0, socketTimeout: 3_000 };
/** Made anew for each client: node-redis writes the address of its URL into `socket`, where the next one reads it. */
const forNodeRedis = () => ({
  pingInterval: 1_000,
  socket: { connectTimeout: 1_000, socketTimeout: 3_000, reconnectStrategy: 250 },
});

async function viaIoredis(client: IoredisClient): Promise<RedisClient> {
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

async function viaNodeRedis(client: NodeRedisClient): Promise<RedisClient> {
  client.on("error", () => {});
  onTestFinished(() => {
    if (client.isOpen) client.destroy();
  });
  await client.connect();
  return client;
}

const libraries: Readonly<Record<string, (url: string) => Promise<RedisClient>>> = {
  "ioredis 5": (url) => viaIoredis(new ioredis5.Redis(url, forIoredis)),
  "ioredis 6": (url) => viaIoredis(new ioredis6.Redis(url, forIoredis)),
  "node-redis 5": (url) => viaNodeRedis(createClient5({ url, ...forNodeRedis() })),
  "node-redis 6": (url) => viaNodeRedis(createClient6({ url, ...forNodeRedis() })),
};

const options = { restartGuardMs: 0 };

test("clients with the settings that are asked for are back within seconds", async () => {
  const users = new Map<string, Redlock>([["clients of ours", connectTo(await fleet.urlsFor("ours"), options)]]);
  for (const [name, connect] of Object.entries(libraries)) {
    const urls = await fleet.urlsFor(name);
    users.set(name, forTest(new Redlock(await Promise.all(urls.map(connect)), options)));
  }
  onTestFinished(async () => void (await Promise.all([...users.values()].map((user) => user.close()))));
  const warnings: string[] = [];
  for (const [name, user] of users) user.on("warning", ({ message }) => warnings.push(`${name}: ${message}`));
  await Promise.all([...users].map(async ([name, user]) => (await user.acquire(name, 5_000)).release()));
  using nat = fleet.net.halfOpen();
  const startedAtMs = performance.now();
  const backAfterMs = await Promise.all(
    [...users].map(async ([name, user]) => {
      await user.acquire(name, 5_000, { waitMs: 25_000 });
      return [name, Math.round(performance.now() - startedAtMs)] as const;
    }),
  );
  expect(backAfterMs.filter(([, afterMs]) => afterMs > 20_000)).toEqual([]);
  expect(warnings).toEqual([]);
  nat[Symbol.dispose]();
}, 60_000);
