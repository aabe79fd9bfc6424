/** A cycle is believed when the servers have set and deleted its keys on a quorum of nodes. */
import { startFleet } from "@quorate/testing";
import { expect, test } from "vitest";
import { Worker } from "../src/driver/worker.ts";
import { costBetween, readServerCost } from "../src/measure/server-cost.ts";
import { cyclePeers, type PeerName } from "../src/peers/peers.ts";
import { emptyFindings, type SpeedRow } from "../src/report/rows.ts";
import { findWrongs } from "../src/report/wrongs.ts";
import { speedRows } from "../src/suites/speed.ts";

const load = { callerCount: 4, resourcesPerLock: 1 };

test("cycles of every peer are proved, and none of who does not lock", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const rows = new Map<PeerName, SpeedRow>();
  for (const peer of [...cyclePeers, "no-lock" as const]) {
    const worker = new Worker();
    await worker.tell({ kind: "open", peer, urls: fleet.urls, ttlMs: 10_000, retryDelayMs: 10, autoExtend: false });
    const before = await readServerCost(fleet.servers);
    const report = await worker.tell({ kind: "cycles", ...load, durationMs: 100 });
    const servers = costBetween(before, await readServerCost(fleet.servers), 3);
    await worker.end();
    const [row] = speedRows(new Map([[peer, [{ ...report, servers, leftKeyCount: 0 }]]]), 3, load, "healthy");
    rows.set(peer, row!);
    expect(report.latencies.length).toBeGreaterThan(0);
    expect([peer, row!.unprovedCount]).toEqual([peer, peer === "no-lock" ? report.latencies.length : 0]);
  }
  // On a busy machine a caller's last cycle may take longer than it is waited for.
  const wrongsIn = (speed: readonly SpeedRow[]): string[] =>
    findWrongs({ ...emptyFindings, speed: speed.map((row) => ({ ...row, hungCount: 0 })) });
  expect(wrongsIn([...rows.values()])).toEqual([]);
  const pretender: SpeedRow = { ...rows.get("no-lock")!, peer: "ours" };
  expect(wrongsIn([pretender])).toEqual([
    expect.stringContaining("cycles without a quorum of keys (4 callers, 3 nodes, healthy)"),
  ]);
});
