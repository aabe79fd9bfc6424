/** Cycles of acquire and release, as tables. */
import { peers } from "../peers/peers.ts";
import { show, table } from "./markdown.ts";
import type { SpeedRow } from "./rows.ts";

/** What was measured, and what went wrong meanwhile. */
export function speedTable(rows: readonly SpeedRow[]): string {
  return table(rows, [
    { title: "Peer", cell: ({ peer }) => peers[peer].label },
    { title: "Condition", cell: ({ condition }) => condition },
    { title: "Nodes", cell: ({ nodeCount }) => nodeCount },
    { title: "Callers", cell: ({ callerCount }) => callerCount },
    { title: "Resources", cell: ({ resourcesPerLock }) => resourcesPerLock },
    { title: "cycles/s", cell: ({ cyclesPerSecond }) => cyclesPerSecond.median },
    {
      title: "lowest..highest",
      cell: ({ cyclesPerSecond: { lowest, highest } }) => `${show(lowest)}..${show(highest)}`,
    },
    { title: "to redlock 5", cell: ({ ratioToRedlock5 }) => ratioToRedlock5?.median ?? Number.NaN },
    { title: "p50 ms", cell: ({ p50Ms }) => p50Ms },
    { title: "p99 ms", cell: ({ p99Ms }) => p99Ms },
    { title: "p99.9 ms", cell: ({ p999Ms }) => p999Ms },
    { title: "Faults seen", cell: faultsSeen },
  ]);
}

function faultsSeen({ failureCount, hungCount, unprovedCount, leftKeyCount }: SpeedRow): string {
  const seen = [
    [failureCount, "failed"],
    [hungCount, "hung"],
    [unprovedCount, "not proved"],
    [leftKeyCount, "keys left"],
  ] as const;
  return seen
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${show(count)} ${what}`)
    .join(", ");
}

/** What both sides spend on it. */
export function costTable(rows: readonly SpeedRow[]): string {
  return table(rows, [
    { title: "Peer", cell: ({ peer }) => peers[peer].label },
    { title: "Condition", cell: ({ condition }) => condition },
    { title: "Nodes", cell: ({ nodeCount }) => nodeCount },
    { title: "Callers", cell: ({ callerCount }) => callerCount },
    { title: "Resources", cell: ({ resourcesPerLock }) => resourcesPerLock },
    { title: "CPU to redlock 5", cell: ({ cpuRatioToRedlock5 }) => cpuRatioToRedlock5?.median ?? Number.NaN },
    { title: "client CPU µs", cell: ({ clientCpuUsPerCycle }) => clientCpuUsPerCycle },
    { title: "servers' CPU µs", cell: ({ serverCpuUsPerCycle }) => serverCpuUsPerCycle },
    { title: "calls sent", cell: ({ callsPerCycle }) => callsPerCycle },
    { title: "commands run", cell: ({ commandsPerCycle }) => commandsPerCycle },
    { title: "bytes to servers", cell: ({ bytesInPerCycle }) => bytesInPerCycle },
    { title: "bytes from servers", cell: ({ bytesOutPerCycle }) => bytesOutPerCycle },
  ]);
}
