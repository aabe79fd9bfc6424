/**
 * What the machine allows: the same two commands as bytes that were encoded once, over bare sockets, with no client
 * library, no token of its own for each lock, and no reply that is parsed.
 */
import { calls } from "./clients.ts";
import { FloorConnection } from "./floor-connection.ts";
import { deleteScript, deleteScriptSha1 } from "./floor-script.ts";
import type { Peer, PeerSetup } from "./peer.ts";
import { QuorumTally } from "./quorum-tally.ts";

interface Commands {
  readonly acquire: Buffer;
  readonly release: Buffer;
}

export async function openTcpFloor({ urls, ttlMs }: PeerSetup): Promise<Peer<Commands>> {
  const connections = await Promise.all(urls.map((url) => FloorConnection.open(url)));
  const known = new Map<string, Commands>();

  function commandsFor(resource: string): Commands {
    let commands = known.get(resource);
    if (commands === undefined) {
      const token = `floor-${resource}`;
      commands = {
        acquire: encode("SET", resource, token, "PX", String(ttlMs), "NX"),
        release: encode("EVALSHA", deleteScriptSha1, "1", resource, token),
      };
      known.set(resource, commands);
    }
    return commands;
  }

  function askAll(command: Buffer): Promise<void> {
    calls.count += connections.length;
    return new Promise((resolve, reject) => {
      const tally = new QuorumTally(connections.length, resolve, reject);
      for (const connection of connections) connection.write(command, tally);
    });
  }

  // A round of EVAL that deletes nothing makes every node know the script; it says 0, which no quorum takes for yes.
  await askAll(encode("EVAL", deleteScript, "1", "floor", "none")).catch(() => {});
  return {
    async acquire(resources) {
      const commands = commandsFor(String(resources[0]));
      await askAll(commands.acquire);
      return commands;
    },
    release: (commands) => askAll(commands.release),
    async close() {
      for (const connection of connections) connection.close();
    },
  };
}

function encode(...words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join("")}`);
}
