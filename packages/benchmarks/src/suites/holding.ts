/** Many locks held at one time: what keeping them costs. */
import { Driver } from "../driver/driver.ts";
import { costBetween, readServerCost } from "../measure/server-cost.ts";
import type { HoldingRow } from "../report/rows.ts";
import { startAgedFleet } from "./aged-fleet.ts";
import { retryDelayMs } from "./stand.ts";
import type { HoldingPlan } from "../plan/plan.ts";

export async function runHolding({ nodeCount, lockCount, ttlMs, durationMs }: HoldingPlan): Promise<HoldingRow> {
  await using fleet = await startAgedFleet({ nodes: nodeCount });
  const { servers } = fleet;
  const driver = await Driver.open({ peer: "ours", urls: fleet.urls, ttlMs, retryDelayMs, autoExtend: true });
  try {
    const empty = await readServerCost(servers);
    const hold = await driver.tell({ kind: "hold", lockCount });
    const before = await readServerCost(servers);
    const keep = await driver.tell({ kind: "keep", durationMs });
    const spent = costBetween(before, await readServerCost(servers), servers.length);
    await driver.tell({ kind: "let-go" });
    const seconds = keep.elapsedMs / 1_000;
    return {
      peer: "ours",
      nodeCount,
      lockCount,
      ttlMs,
      heldCount: keep.heldCount,
      lostCount: keep.lostCount,
      clientCpuPercent: keep.cpuUs / (seconds * 1e4),
      serverCpuPercent: spent.cpuUs / (seconds * 1e4),
      heapBytesPerLock: hold.heapBytesPerLock,
      serverBytesPerLockAndNode: (before.memoryBytes - empty.memoryBytes) / lockCount / nodeCount,
      extendsPerSecond: keep.extendCount / seconds,
      roundTripsPerSecondAndNode: keep.callCount / seconds / nodeCount,
      longestLatenessMs: keep.longestLatenessMs,
      acquiresPerSecond: lockCount / (hold.acquireElapsedMs / 1_000),
    };
  } finally {
    await driver.end();
  }
}
