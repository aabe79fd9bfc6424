/** node-redlock 4. */
import { createRequire } from "node:module";
import { connectClients, disconnectClients } from "./clients.ts";
import type { Peer, PeerSetup } from "./peer.ts";

interface Redlock4Lock {
  unlock(): Promise<unknown>;
}

interface Redlock4 {
  lock(resources: readonly string[], ttlMs: number): Promise<Redlock4Lock>;
  on(event: "clientError", listener: () => void): void;
}

type Redlock4Constructor = new (clients: readonly unknown[], settings: object) => Redlock4;

export async function openRedlock4({ urls, ttlMs, retryDelayMs }: PeerSetup): Promise<Peer<Redlock4Lock>> {
  const Redlock = createRequire(import.meta.url)("redlock4") as Redlock4Constructor;
  const clients = await connectClients(urls);
  const redlock = new Redlock(clients, { retryCount: -1, retryDelay: retryDelayMs, retryJitter: retryDelayMs / 2 });
  redlock.on("clientError", () => {});
  return {
    acquire: (resources) => redlock.lock([...resources], ttlMs),
    release: (lock) => lock.unlock(),
    close: async () => disconnectClients(clients),
  };
}
