/**
 * A counting semaphore on one server, as Redisson's RPermitExpirableSemaphore keeps it: who has a permit in a sorted set, by
 * when it ends; a release is announced, and whoever waits asks again.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { connectClients, disconnectClients } from "./clients.ts";
import type { Peer, PeerSetup } from "./peer.ts";

const acquireScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

const releaseScript = `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then redis.call('PUBLISH', KEYS[1] .. ':released', '') end`;

/** For the case that an announcement is not heard. */
const askAgainMs = 1_000;

interface Held {
  readonly key: string;
  readonly id: string;
}

export async function openCountingSemaphore({ urls, ttlMs, permits = 1 }: PeerSetup): Promise<Peer<Held>> {
  const [client] = await connectClients(urls.slice(0, 1));
  const subscriber = new Redis(urls[0]!);
  let wake = (): void => {};
  subscriber.on("message", () => wake());
  const heard = new Set<string>();
  return {
    async acquire(resources) {
      const [key, id] = [String(resources[0]), randomUUID()];
      if (!heard.has(key)) await subscriber.subscribe(`${key}:released`);
      heard.add(key);
      for (;;) {
        // Begun before it asks, or a release in between would not wake it.
        const woken = new Promise<void>((resolve) => (wake = resolve));
        if ((await client!.eval(acquireScript, 1, key, permits, ttlMs, id)) === 1) return { key, id };
        const patience = new AbortController();
        const waited = sleep(askAgainMs, undefined, { signal: patience.signal }).catch(() => {});
        await Promise.race([woken, waited]);
        patience.abort();
      }
    },
    release: ({ key, id }) => client!.eval(releaseScript, 1, key, id),
    close: async () => disconnectClients([client!, subscriber]),
  };
}
