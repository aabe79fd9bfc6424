/** node-redlock 5 (beta). */
import { createRequire } from "node:module";
import { connectClients, disconnectClients } from "./clients.ts";
import type { Peer, PeerSetup } from "./peer.ts";

interface Redlock5Lock {
  release(): Promise<unknown>;
}

interface Redlock5 {
  acquire(resources: readonly string[], ttlMs: number): Promise<Redlock5Lock>;
}

type Redlock5Constructor = new (clients: readonly unknown[], settings: object) => Redlock5;

export async function openRedlock5({ urls, ttlMs, retryDelayMs }: PeerSetup): Promise<Peer<Redlock5Lock>> {
  const loaded: unknown = createRequire(import.meta.url)("redlock5");
  const { default: Redlock } = loaded as { readonly default: Redlock5Constructor };
  const clients = await connectClients(urls);
  const redlock = new Redlock(clients, { retryCount: -1, retryDelay: retryDelayMs, retryJitter: retryDelayMs / 2 });
  return {
    acquire: (resources) => redlock.acquire([...resources], ttlMs),
    release: (lock) => lock.release(),
    close: async () => disconnectClients(clients),
  };
}
