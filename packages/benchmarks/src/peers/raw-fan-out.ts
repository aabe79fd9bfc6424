/**
 * No library at all: SET NX PX and compare-and-delete sent to every node with plain ioredis, a quorum counted by hand. No
 * rollback, no validity, no deadline: what it costs just to ask.
 */
import { randomBytes } from "node:crypto";
import { connectClients, disconnectClients } from "./clients.ts";
import { deleteScript, deleteScriptSha1 } from "./floor-script.ts";
import type { Peer, PeerSetup } from "./peer.ts";
import { QuorumTally } from "./quorum-tally.ts";

interface Held {
  readonly resource: string;
  readonly token: string;
}

export async function openRawFanOut({ urls, ttlMs }: PeerSetup): Promise<Peer<Held>> {
  const clients = await connectClients(urls);
  await Promise.all(clients.map((client) => client.script("LOAD", deleteScript)));

  function askAll(ask: (client: (typeof clients)[number]) => Promise<unknown>, yes: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const tally = new QuorumTally(clients.length, resolve, reject);
      for (const client of clients) {
        ask(client).then(
          (reply) => tally.record(reply === yes),
          () => tally.record(false),
        );
      }
    });
  }

  return {
    async acquire(resources) {
      const held = { resource: String(resources[0]), token: randomBytes(16).toString("hex") };
      await askAll((client) => client.set(held.resource, held.token, "PX", ttlMs, "NX"), "OK");
      return held;
    },
    release: ({ resource, token }) => askAll((client) => client.evalsha(deleteScriptSha1, 1, resource, token), 1),
    close: async () => disconnectClients(clients),
  };
}
