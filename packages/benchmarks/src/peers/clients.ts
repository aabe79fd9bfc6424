/** Connections for the peers that are given clients: ioredis with its own defaults, as their documentation shows. */
import { once } from "node:events";
import { Redis } from "ioredis";

/** How many commands this process has handed to ioredis clients, by whatever library. */
export const calls: { count: number } = { count: 0 };

const send = Redis.prototype.sendCommand;
Redis.prototype.sendCommand = function (this: Redis, ...parameters: Parameters<typeof send>) {
  calls.count += 1;
  return send.apply(this, parameters);
};

/** Resolves when all are ready. */
export async function connectClients(urls: readonly string[]): Promise<Redis[]> {
  const clients = urls.map((url) => new Redis(url));
  // A node that is down is part of some benchmarks: what to make of it is the peer's affair.
  for (const client of clients) client.on("error", () => {});
  await Promise.all(clients.map((client) => once(client, "ready")));
  return clients;
}

export function disconnectClients(clients: readonly Redis[]): void {
  for (const client of clients) client.disconnect();
}
