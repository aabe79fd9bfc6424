/** Connections for the peers that are given clients: ioredis with its own defaults, as their documentation shows. */
import { once } from "node:events";
import { Redis } from "ioredis";

/** How many commands this process has handed to ioredis clients, by whatever library. */
export const calls: { count: number } = { count: 0 };

/** What every command of every client goes through, those that other libraries make as well. */
const prototype: { sendCommand: (this: Redis, ...parameters: unknown[]) => unknown } = Redis.prototype as never;
const { sendCommand } = prototype;
prototype.sendCommand = function (...parameters) {
  calls.count += 1;
  return sendCommand.apply(this, parameters);
};

/** A node that is down is not waited for longer than this. */
const readyWithinMs = 1_000;

/** Resolves when all that can be are ready. */
export async function connectClients(urls: readonly string[]): Promise<Redis[]> {
  const clients = urls.map((url) => new Redis(url));
  // A node that is down is part of some benchmarks: what to make of it is the peer's affair.
  for (const client of clients) client.on("error", () => {});
  const signal = AbortSignal.timeout(readyWithinMs);
  await Promise.all(clients.map((client) => once(client, "ready", { signal }).catch(() => {})));
  return clients;
}

export function disconnectClients(clients: readonly Redis[]): void {
  for (const client of clients) client.disconnect();
}
