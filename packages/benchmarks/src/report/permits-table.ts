/** At most K at once, as a table. */
import { peers } from "../peers/peers.ts";
import { table } from "./markdown.ts";
import type { PermitsRow } from "./rows.ts";

export function permitsTable(rows: readonly PermitsRow[]): string {
  return table(rows, [
    { title: "Peer", cell: ({ peer }) => peers[peer].label },
    { title: "K", cell: ({ permits }) => permits },
    { title: "Processes", cell: ({ processCount }) => processCount },
    { title: "acquires/s", cell: ({ acquiresPerSecond }) => acquiresPerSecond.median },
    { title: "to ours", cell: ({ speedRatioToOurs }) => speedRatioToOurs.median },
    { title: "longest wait ms", cell: ({ longestWaitMs }) => longestWaitMs },
    { title: "to ours", cell: ({ waitRatioToOurs }) => waitRatioToOurs.median },
    { title: "client CPU µs", cell: ({ clientCpuUsPerAcquire }) => clientCpuUsPerAcquire },
    { title: "servers' CPU µs", cell: ({ serverCpuUsPerAcquire }) => serverCpuUsPerAcquire },
    { title: "CPU to ours", cell: ({ cpuRatioToOurs }) => cpuRatioToOurs.median },
    { title: "most at once", cell: ({ mostAtOnce }) => mostAtOnce },
    { title: "beyond K", cell: ({ tooManyCount }) => tooManyCount },
    { title: "failed", cell: ({ failureCount }) => failureCount },
    { title: "hung", cell: ({ hungCount }) => hungCount },
  ]);
}
