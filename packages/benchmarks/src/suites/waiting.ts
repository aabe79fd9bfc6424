/** Callers that wait in one process for what another holds: what they cost while nothing happens. */
import { Driver } from "../driver/driver.ts";
import { costBetween, readServerCost } from "../measure/server-cost.ts";
import type { PeerName } from "../peers/peers.ts";
import type { WaitingRow } from "../report/rows.ts";
import { startAgedFleet } from "./aged-fleet.ts";
import { retryDelayMs } from "./stand.ts";

/** Longer than a measurement, so that the end of the TTL plays no part. */
const ttlMs = 15_000;

export async function runWaiting(
  nodeCount: number,
  peers: readonly PeerName[],
  waiterCounts: readonly number[],
  durationMs: number,
): Promise<WaitingRow[]> {
  await using fleet = await startAgedFleet({ nodes: nodeCount });
  const rows: WaitingRow[] = [];
  for (const peer of peers) {
    const setup = { peer, urls: fleet.urls, ttlMs, retryDelayMs, autoExtend: false };
    const holder = await Driver.open(setup);
    await holder.tell({ kind: "take", resource: `awaited:${peer}` });
    for (const waiterCount of waiterCounts) {
      const waiter = await Driver.open(setup);
      const before = await readServerCost(fleet.servers);
      const order = { kind: "wait", resource: `awaited:${peer}`, waiterCount, durationMs } as const;
      const report = await waiter.tell(order);
      const spent = costBetween(before, await readServerCost(fleet.servers), nodeCount);
      await waiter.end();
      const seconds = report.elapsedMs / 1_000;
      rows.push({
        peer,
        nodeCount,
        waiterCount,
        clientCpuPercent: report.cpuUs / (seconds * 1e4),
        serverCpuPercent: spent.cpuUs / (seconds * 1e4),
        callsPerSecond: report.callCount / seconds,
        heapBytesPerWaiter: report.heapBytesPerWaiter,
      });
    }
    await holder.end();
  }
  return rows;
}
