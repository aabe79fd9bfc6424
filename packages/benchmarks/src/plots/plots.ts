/** Which plots are drawn from the findings: how every cost grows. */
import type { PeerName } from "../peers/peers.ts";
import type { Findings, SpeedRow } from "../report/rows.ts";
import type { Panel, Plot, Point } from "./panel.ts";
import type { Scale } from "./ticks.ts";

export interface ChosenPlot extends Plot {
  readonly fileName: string;
  readonly about: keyof Findings;
}

/** Plots for which this run has fewer than two points are left out. */
export function choosePlots(findings: Findings): ChosenPlot[] {
  const plots = [
    ...speedPlots(findings),
    ...holdingPlots(findings),
    waitingPlot(findings),
    contentionPlot(findings),
    settlingPlot(findings),
  ];
  return plots.filter(({ panels }) => new Set(panels[0]?.points.map(({ x }) => x)).size > 1);
}

/** What stands on one axis: its title, and the figure of a row. */
type Axis<Row> = readonly [title: string, figure: (row: Row) => number, scale?: Scale];

/** One panel for each of `ys`, over the same `x`; logarithmic unless said otherwise. */
function panels<Row extends { readonly peer: PeerName }>(
  rows: readonly Row[],
  [xTitle, x, xScale = "log"]: Axis<Row>,
  ys: readonly Axis<Row>[],
): Panel[] {
  return ys.map(([yTitle, y, yScale = "log"]) => {
    const points = rows.map((row): Point => ({ peer: row.peer, x: x(row), y: y(row) }));
    return { xTitle, yTitle, xScale, yScale, points };
  });
}

function speedPlots({ speed }: Findings): ChosenPlot[] {
  const healthy = speed.filter((row) => row.condition === "healthy");
  const single = healthy.filter((row) => row.resourcesPerLock === 1);
  const onFive = single.filter(({ nodeCount }) => nodeCount === 5);
  const busy = healthy.filter(({ callerCount }) => callerCount === 64);
  const byCallers: Axis<SpeedRow> = ["concurrent callers", (row) => row.callerCount];
  const about = "speed";
  return [
    {
      about,
      fileName: "speed-by-callers.svg",
      title: "Acquire and release on 5 nodes: cycles per second",
      panels: panels(onFive, byCallers, [["cycles/s", (row) => row.cyclesPerSecond.median]]),
    },
    {
      about,
      fileName: "cost-by-callers.svg",
      title: "Acquire and release on 5 nodes: what a cycle costs",
      panels: panels(onFive, byCallers, [["p50, ms", (row) => row.p50Ms], ["p99, ms", (row) => row.p99Ms], ...costs]),
    },
    {
      about,
      fileName: "growth-by-nodes.svg",
      title: "Acquire and release with 64 callers, by number of nodes",
      panels: panels(
        varied(single, busy, (row) => row.nodeCount),
        ["nodes", (row) => row.nodeCount, "linear"],
        [["cycles/s", (row) => row.cyclesPerSecond.median], ["p99, ms", (row) => row.p99Ms], ...costs],
      ),
    },
    {
      about,
      fileName: "growth-by-resources.svg",
      title: "Acquire and release with 64 callers on 5 nodes, by resources of one lock",
      panels: panels(
        varied(
          busy.filter(({ nodeCount }) => nodeCount === 5),
          busy.filter(({ nodeCount }) => nodeCount === 5),
          (row) => row.resourcesPerLock,
        ),
        ["resources of one lock", (row) => row.resourcesPerLock],
        [["cycles/s", (row) => row.cyclesPerSecond.median], ["p99, ms", (row) => row.p99Ms], ...costs],
      ),
    },
  ];
}

const costs: readonly Axis<SpeedRow>[] = [
  ["client CPU a cycle, µs", (row) => row.clientCpuUsPerCycle],
  ["servers' CPU a cycle, µs", (row) => row.serverCpuUsPerCycle],
  ["round trips a cycle", (row) => row.callsPerCycle],
  ["bytes a cycle, both ways", (row) => row.bytesInPerCycle + row.bytesOutPerCycle],
];

/** The rows that stand in both, of peers that were measured at more than one place of an axis: others make no line. */
function varied(
  rows: readonly SpeedRow[],
  also: readonly SpeedRow[],
  place: (row: SpeedRow) => number,
): readonly SpeedRow[] {
  const both = rows.filter((row) => also.includes(row));
  return both.filter(({ peer }) => new Set(both.filter((row) => row.peer === peer).map(place)).size > 1);
}

function holdingPlots({ holding }: Findings): ChosenPlot[] {
  const about = "holding";
  return [
    {
      about,
      fileName: "growth-by-locks.svg",
      title: "Locks held with auto-extension on 5 nodes",
      panels: panels(
        holding.filter(({ nodeCount }) => nodeCount === 5),
        ["locks held", (row) => row.lockCount],
        [
          ["client CPU, % of a core", (row) => row.clientCpuPercent],
          ["servers' CPU, % of a core", (row) => row.serverCpuPercent],
          ["heap bytes a lock", (row) => row.heapBytesPerLock],
          ["server bytes a lock and node", (row) => row.serverBytesPerLockAndNode],
          ["round trips/s a node", (row) => row.roundTripsPerSecondAndNode],
          ["latest renewal, ms late", (row) => row.longestLatenessMs, "symlog"],
        ],
      ),
    },
    {
      about,
      fileName: "holding-by-nodes.svg",
      title: "1 000 locks held with auto-extension, by number of nodes",
      panels: panels(
        holding.filter(({ lockCount }) => lockCount === 1_000),
        ["nodes", (row) => row.nodeCount, "linear"],
        [
          ["client CPU, % of a core", (row) => row.clientCpuPercent, "linear"],
          ["servers' CPU, % of a core", (row) => row.serverCpuPercent, "linear"],
          ["heap bytes a lock", (row) => row.heapBytesPerLock, "linear"],
          ["round trips/s a node", (row) => row.roundTripsPerSecondAndNode, "linear"],
        ],
      ),
    },
  ];
}

function waitingPlot({ waiting }: Findings): ChosenPlot {
  return {
    about: "waiting",
    fileName: "growth-by-waiters.svg",
    title: "Waiters in one process for one held resource, 5 nodes",
    panels: panels(
      waiting,
      ["waiters", (row) => row.waiterCount],
      [
        ["commands sent/s", (row) => row.callsPerSecond, "symlog"],
        ["client CPU, % of a core", (row) => row.clientCpuPercent],
        ["servers' CPU, % of a core", (row) => row.serverCpuPercent],
        ["heap bytes a waiter", (row) => row.heapBytesPerWaiter],
      ],
    ),
  };
}

function contentionPlot({ contention }: Findings): ChosenPlot {
  return {
    about: "contention",
    fileName: "contention-by-processes.svg",
    title: "Processes that hold one resource for 1 ms each, 3 nodes",
    panels: panels(
      contention.filter(({ nodeCount, holdMs, networkMs }) => nodeCount === 3 && holdMs === 1 && networkMs === 0),
      ["processes", (row) => row.processCount],
      [
        ["hand-offs/s", (row) => row.handOffsPerSecond.median],
        ["longest wait, ms", (row) => row.longestWaitMs],
        ["Jain's fairness index", (row) => row.jainIndex, "linear"],
        ["commands a hand-off", (row) => row.commandsPerHandOff],
        ["round trips a hand-off", (row) => row.callsPerHandOff],
        ["CPU a hand-off, both sides, µs", (row) => row.clientCpuUsPerHandOff + row.serverCpuUsPerHandOff],
      ],
    ),
  };
}

function settlingPlot({ settling }: Findings): ChosenPlot {
  return {
    about: "settling",
    fileName: "settling-by-contenders.svg",
    title: "Contenders that start at one moment, 5 nodes",
    panels: panels(
      settling.filter(({ nodeCount }) => nodeCount === 5),
      ["contenders", (row) => row.contenderCount],
      [
        ["won in the first round, %", (row) => (100 * (row.winsByRound[0] ?? 0)) / row.raceCount, "linear"],
        ["first winner p50, ms", (row) => row.p50Ms],
        ["first winner p99, ms", (row) => row.p99Ms],
        ["longest, ms", (row) => row.longestMs],
      ],
    ),
  };
}
