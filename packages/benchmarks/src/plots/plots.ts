/** Which plots are drawn from the findings: how every cost grows. */
import type { PeerName } from "../peers/peers.ts";
import type { Findings } from "../report/rows.ts";
import type { LinePlot, Point } from "./line-plot.ts";

/** By file name. Plots for which this run has fewer than two points are left out. */
export function choosePlots(findings: Findings): ReadonlyMap<string, LinePlot> {
  const plots = new Map<string, LinePlot>(
    [
      ...speedPlots(findings),
      ...holdingPlots(findings),
      ...waitingPlots(findings),
      ...contentionPlots(findings),
    ].filter(([, plot]) => new Set(plot.points.map(({ x }) => x)).size > 1),
  );
  return plots;
}

function pointsOf<Row extends { readonly peer: PeerName }>(
  rows: readonly Row[],
  x: (row: Row) => number,
  y: (row: Row) => number,
): Point[] {
  return rows.map((row) => ({ peer: row.peer, x: x(row), y: y(row) }));
}

const logarithmic = { xScale: "log", yScale: "log" } as const;

function speedPlots({ speed }: Findings): [string, LinePlot][] {
  const healthy = speed.filter((row) => row.condition === "healthy" && row.resourcesPerLock === 1);
  const onFive = healthy.filter(({ nodeCount }) => nodeCount === 5);
  const busyPeers = new Set(healthy.filter(({ nodeCount }) => nodeCount !== 5).map(({ peer }) => peer));
  const busy = healthy.filter((row) => row.callerCount === 64 && busyPeers.has(row.peer));
  const several = speed.filter((row) => row.condition === "healthy" && row.nodeCount === 5 && row.callerCount === 64);
  const severalPeers = new Set(several.filter((row) => row.resourcesPerLock > 1).map(({ peer }) => peer));
  const callers = { xTitle: "concurrent callers", ...logarithmic };
  return [
    [
      "speed-by-callers.svg",
      {
        ...callers,
        title: "Acquire and release on 5 nodes: cycles per second",
        yTitle: "cycles/s",
        points: pointsOf(
          onFive,
          (row) => row.callerCount,
          (row) => row.cyclesPerSecond.median,
        ),
      },
    ],
    [
      "latency-by-callers.svg",
      {
        ...callers,
        title: "Acquire and release on 5 nodes: p99 of a cycle",
        yTitle: "ms",
        points: pointsOf(
          onFive,
          (row) => row.callerCount,
          (row) => row.p99Ms,
        ),
      },
    ],
    [
      "cpu-by-callers.svg",
      {
        ...callers,
        title: "Acquire and release on 5 nodes: client CPU of a cycle",
        yTitle: "µs",
        points: pointsOf(
          onFive,
          (row) => row.callerCount,
          (row) => row.clientCpuUsPerCycle,
        ),
      },
    ],
    [
      "speed-by-nodes.svg",
      {
        title: "64 callers: cycles per second by number of nodes",
        xTitle: "nodes",
        yTitle: "cycles/s",
        xScale: "linear",
        yScale: "log",
        points: pointsOf(
          busy,
          (row) => row.nodeCount,
          (row) => row.cyclesPerSecond.median,
        ),
      },
    ],
    [
      "speed-by-resources.svg",
      {
        ...logarithmic,
        title: "64 callers, 5 nodes: cycles per second by resources of one lock",
        xTitle: "resources of one lock",
        yTitle: "cycles/s",
        points: pointsOf(
          several.filter(({ peer }) => severalPeers.has(peer)),
          (row) => row.resourcesPerLock,
          (row) => row.cyclesPerSecond.median,
        ),
      },
    ],
  ];
}

function holdingPlots({ holding }: Findings): [string, LinePlot][] {
  const onFive = holding.filter(({ nodeCount }) => nodeCount === 5);
  const thousand = holding.filter(({ lockCount }) => lockCount === 1_000);
  return [
    [
      "holding-cpu-by-locks.svg",
      {
        ...logarithmic,
        title: "Locks held with auto-extension on 5 nodes: client CPU",
        xTitle: "locks held",
        yTitle: "% of a core",
        points: pointsOf(
          onFive,
          (row) => row.lockCount,
          (row) => row.clientCpuPercent,
        ),
      },
    ],
    [
      "holding-cpu-by-nodes.svg",
      {
        title: "1 000 locks held with auto-extension: client CPU by number of nodes",
        xTitle: "nodes",
        yTitle: "% of a core",
        xScale: "linear",
        yScale: "linear",
        points: pointsOf(
          thousand,
          (row) => row.nodeCount,
          (row) => row.clientCpuPercent,
        ),
      },
    ],
  ];
}

function waitingPlots({ waiting }: Findings): [string, LinePlot][] {
  return [
    [
      "waiting-calls-by-waiters.svg",
      {
        ...logarithmic,
        title: "Waiters in one process for one held resource: commands sent",
        xTitle: "waiters",
        yTitle: "commands/s",
        points: pointsOf(
          waiting,
          (row) => row.waiterCount,
          (row) => row.callsPerSecond,
        ),
      },
    ],
  ];
}

function contentionPlots({ contention }: Findings): [string, LinePlot][] {
  const rows = contention.filter(({ nodeCount, holdMs }) => nodeCount === 3 && holdMs === 1);
  const processes = { xTitle: "processes", ...logarithmic };
  return [
    [
      "hand-offs-by-processes.svg",
      {
        ...processes,
        title: "Processes that hold one resource for 1 ms each, 3 nodes: hand-offs",
        yTitle: "hand-offs/s",
        points: pointsOf(
          rows,
          (row) => row.processCount,
          (row) => row.handOffsPerSecond.median,
        ),
      },
    ],
    [
      "longest-wait-by-processes.svg",
      {
        ...processes,
        title: "Processes that hold one resource for 1 ms each, 3 nodes: longest wait",
        yTitle: "ms",
        points: pointsOf(
          rows,
          (row) => row.processCount,
          (row) => row.longestWaitMs,
        ),
      },
    ],
  ];
}
