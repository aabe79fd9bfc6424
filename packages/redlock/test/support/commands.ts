/** What servers were asked to do, by their own count. */
import type { Fleet } from "@quorate/testing";

/** Those of the rig itself, and of connections that are being made. */
const notCounted = /^(info|config|client|command|hello|auth|keys|get|mget|pttl)(\||$)/;

/** How many commands all servers together have executed so far, those in scripts too. */
export async function commandCount(fleet: Fleet): Promise<number> {
  const counts = await Promise.all(
    fleet.servers.map(async (server) => {
      const stats = String(await server.command("INFO", "commandstats"));
      return [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
        .filter(([, name]) => !notCounted.test(name!))
        .reduce((sum, [, , calls]) => sum + Number(calls), 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
