/** Locks that are held and callers that wait, as tables. */
import { peers } from "../peers/peers.ts";
import { table } from "./markdown.ts";
import type { HoldingRow, WaitingRow } from "./rows.ts";

/** What keeping them costs. */
export function holdingTable(holding: readonly HoldingRow[]): string {
  return table(holding, [
    { title: "Locks", cell: ({ lockCount }) => lockCount },
    { title: "Nodes", cell: ({ nodeCount }) => nodeCount },
    { title: "TTL s", cell: ({ ttlMs }) => ttlMs / 1_000 },
    { title: "held at the end", cell: ({ heldCount }) => heldCount },
    { title: "lost", cell: ({ lostCount }) => lostCount },
    { title: "client CPU %", cell: ({ clientCpuPercent }) => clientCpuPercent },
    { title: "servers' CPU %", cell: ({ serverCpuPercent }) => serverCpuPercent },
    { title: "heap bytes a lock", cell: ({ heapBytesPerLock }) => heapBytesPerLock },
    { title: "server bytes a lock and node", cell: ({ serverBytesPerLockAndNode }) => serverBytesPerLockAndNode },
    { title: "extends/s", cell: ({ extendsPerSecond }) => extendsPerSecond },
    { title: "round trips/s a node", cell: ({ roundTripsPerSecondAndNode }) => roundTripsPerSecondAndNode },
    { title: "latest renewal, ms late", cell: ({ longestLatenessMs }) => longestLatenessMs },
    { title: "acquires/s", cell: ({ acquiresPerSecond }) => acquiresPerSecond },
  ]);
}

/** What waiting costs while nothing happens. */
export function waitingTable(waiting: readonly WaitingRow[]): string {
  return table(waiting, [
    { title: "Peer", cell: ({ peer }) => peers[peer].label },
    { title: "Waiters", cell: ({ waiterCount }) => waiterCount },
    { title: "client CPU %", cell: ({ clientCpuPercent }) => clientCpuPercent },
    { title: "servers' CPU %", cell: ({ serverCpuPercent }) => serverCpuPercent },
    { title: "calls/s", cell: ({ callsPerSecond }) => callsPerSecond },
    { title: "heap bytes a waiter", cell: ({ heapBytesPerWaiter }) => heapBytesPerWaiter },
  ]);
}
