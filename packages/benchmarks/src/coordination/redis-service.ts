/** Three Redis masters: without persistence behind the restart guard, or synced at every write. */
import { startFleet } from "@quorate/testing";
import type { Service } from "./service.ts";

export async function startRedis(isDurable: boolean): Promise<Service> {
  const config = { appendonly: "yes", appendfsync: "always", "no-appendfsync-on-rewrite": "no" };
  const fleet = await startFleet({ nodes: 3, ...(isDurable ? { server: { config } } : {}) });
  const pids = await Promise.all(
    fleet.servers.map(async (server) =>
      Number(/process_id:(\d+)/.exec(String(await server.command("INFO", "server")))?.[1]),
    ),
  );
  return {
    peer: isDurable ? "ours-durable" : "ours",
    label: isDurable ? "@quorate/redlock, appendfsync always" : "@quorate/redlock, no persistence",
    urls: fleet.urls,
    pids,
    killLeader: () => fleet.servers[0]!.kill(),
    stop: () => fleet.stop(),
  };
}
