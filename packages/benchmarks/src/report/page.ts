/** The findings as one Markdown page. */
import { peers } from "../peers/peers.ts";
import { show, table } from "./markdown.ts";
import type { Findings, SpeedRow } from "./rows.ts";
import type { Setting } from "./setting.ts";
import type { Target } from "./target.ts";

export interface Plot {
  readonly fileName: string;
  readonly title: string;
}

export function writePage(
  setting: Setting,
  targets: readonly Target[],
  findings: Findings,
  plots: readonly Plot[],
): string {
  const { versions } = setting;
  const parts = [
    "# Benchmarks",
    "Made by `npm run bench`; the same figures are in [results.json](results.json). A cycle is one acquire and one " +
      "release of a lock of its own. All peers run in one run on the same servers, each in a process of its own, taking turns " +
      "round by round; a ratio compares two of the same round. Before anything is measured each peer must show its key " +
      "on a quorum of nodes while it holds, and on none after; after each round no key may be left.",
    `${setting.date.slice(0, 10)}, ${setting.mode} run of ${setting.elapsedSeconds} s. ${setting.coreCount} cores of ` +
      `${setting.processor}, ${setting.memoryGiB} GiB, ${setting.system}; clients and servers share them, and before the run ` +
      `${setting.loadBefore} other processes did. ` +
      `${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ")}.`,
    ...plots.map(({ fileName, title }) => `![${title}](${fileName})`),
    section("Targets", targetTable(targets)),
    section("Speed", speedTables(findings.speed)),
    section("Cost of a cycle, 5 nodes", costTable(findings.speed)),
    section("Locks held with auto-extension (TTL 10 s)", holdingTable(findings)),
    section("Waiting in one process for what another holds", waitingTable(findings)),
    section("Processes that compete for one resource", contentionTable(findings)),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function section(title: string, body: string): string {
  return body === "" ? "" : `## ${title}\n\n${body}`;
}

function targetTable(targets: readonly Target[]): string {
  return table(targets, [
    { title: "Target", cell: ({ what }) => what },
    { title: "Bound", cell: ({ bound }) => bound },
    { title: "Measured", cell: ({ measured }) => measured },
    { title: "", cell: ({ isMet }) => (isMet ? "met" : "**missed**") },
  ]);
}

function speedTables(rows: readonly SpeedRow[]): string {
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

function faultsSeen({ failureCount, hungCount, overlapCount, leftKeyCount }: SpeedRow): string {
  const seen = [
    [failureCount, "failed"],
    [hungCount, "hung"],
    [overlapCount, "overlapped"],
    [leftKeyCount, "keys left"],
  ] as const;
  return seen
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${show(count)} ${what}`)
    .join(", ");
}

function costTable(rows: readonly SpeedRow[]): string {
  const wanted = rows.filter((row) => row.nodeCount === 5 && row.condition === "healthy" && row.resourcesPerLock === 1);
  return table(wanted, [
    { title: "Peer", cell: ({ peer }) => peers[peer].label },
    { title: "Callers", cell: ({ callerCount }) => callerCount },
    { title: "client CPU µs", cell: ({ clientCpuUsPerCycle }) => clientCpuUsPerCycle },
    { title: "servers' CPU µs", cell: ({ serverCpuUsPerCycle }) => serverCpuUsPerCycle },
    { title: "calls sent", cell: ({ callsPerCycle }) => callsPerCycle },
    { title: "commands run", cell: ({ commandsPerCycle }) => commandsPerCycle },
    { title: "bytes to servers", cell: ({ bytesInPerCycle }) => bytesInPerCycle },
    { title: "bytes from servers", cell: ({ bytesOutPerCycle }) => bytesOutPerCycle },
  ]);
}

function holdingTable({ holding }: Findings): string {
  if (holding.length === 0) return "";
  return table(holding, [
    { title: "Locks", cell: ({ lockCount }) => lockCount },
    { title: "Nodes", cell: ({ nodeCount }) => nodeCount },
    { title: "held at the end", cell: ({ heldCount }) => heldCount },
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

function waitingTable({ waiting }: Findings): string {
  if (waiting.length === 0) return "";
  return table(waiting, [
    { title: "Peer", cell: ({ peer }) => peers[peer].label },
    { title: "Waiters", cell: ({ waiterCount }) => waiterCount },
    { title: "client CPU %", cell: ({ clientCpuPercent }) => clientCpuPercent },
    { title: "servers' CPU %", cell: ({ serverCpuPercent }) => serverCpuPercent },
    { title: "calls/s", cell: ({ callsPerSecond }) => callsPerSecond },
    { title: "heap bytes a waiter", cell: ({ heapBytesPerWaiter }) => heapBytesPerWaiter },
  ]);
}

function contentionTable({ contention }: Findings): string {
  if (contention.length === 0) return "";
  return table(contention, [
    { title: "Peer", cell: ({ peer }) => peers[peer].label },
    { title: "Nodes", cell: ({ nodeCount }) => nodeCount },
    { title: "Processes", cell: ({ processCount }) => processCount },
    { title: "hold ms", cell: ({ holdMs }) => holdMs },
    { title: "hand-offs/s", cell: ({ handOffsPerSecond }) => handOffsPerSecond.median },
    { title: "wait p50 ms", cell: ({ waitP50Ms }) => waitP50Ms },
    { title: "p99 ms", cell: ({ waitP99Ms }) => waitP99Ms },
    { title: "longest ms", cell: ({ longestWaitMs }) => longestWaitMs },
    { title: "Jain", cell: ({ jainIndex }) => jainIndex },
    { title: "calls a hand-off", cell: ({ callsPerHandOff }) => callsPerHandOff },
    { title: "commands a hand-off", cell: ({ commandsPerHandOff }) => commandsPerHandOff },
    { title: "client CPU µs", cell: ({ clientCpuUsPerHandOff }) => clientCpuUsPerHandOff },
    { title: "overlaps", cell: ({ overlapCount }) => overlapCount },
  ]);
}
