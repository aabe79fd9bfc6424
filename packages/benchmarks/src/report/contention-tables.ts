/** Processes that compete for one resource, as tables. */
import { peers } from "../peers/peers.ts";
import { show, table } from "./markdown.ts";
import type { ContentionRow, LineCostRow, SettlingRow } from "./rows.ts";

/** How it goes on. */
export function contentionTable(rows: readonly ContentionRow[]): string {
  return table(rows, [
    { title: "Peer", cell: ({ peer }) => peers[peer].label },
    { title: "Nodes", cell: ({ nodeCount }) => nodeCount },
    { title: "network ms", cell: ({ networkMs }) => networkMs },
    { title: "Processes", cell: ({ processCount }) => processCount },
    { title: "hold ms", cell: ({ holdMs }) => holdMs },
    { title: "hand-offs/s", cell: ({ handOffsPerSecond }) => handOffsPerSecond.median },
    { title: "wait p50 ms", cell: ({ waitP50Ms }) => waitP50Ms },
    { title: "p99 ms", cell: ({ waitP99Ms }) => waitP99Ms },
    { title: "longest ms", cell: ({ longestWaitMs }) => longestWaitMs },
    { title: "Jain", cell: ({ jainIndex }) => jainIndex },
    { title: "round trips a hand-off", cell: ({ callsPerHandOff }) => callsPerHandOff },
    { title: "commands a hand-off", cell: ({ commandsPerHandOff }) => commandsPerHandOff },
    { title: "client CPU µs", cell: ({ clientCpuUsPerHandOff }) => clientCpuUsPerHandOff },
    { title: "servers' CPU µs", cell: ({ serverCpuUsPerHandOff }) => serverCpuUsPerHandOff },
    { title: "Faults seen", cell: faultsSeen },
  ]);
}

function faultsSeen({ overlapCount, failureCount, hungCount }: ContentionRow): string {
  const seen = [
    [overlapCount, "overlapped"],
    [failureCount, "failed"],
    [hungCount, "hung"],
  ] as const;
  return seen
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${show(count)} ${what}`)
    .join(", ");
}

/** What a call costs its server while others stand in line. */
export function lineTable(rows: readonly LineCostRow[]): string {
  return table(rows, [
    { title: "Call", cell: ({ call }) => call },
    { title: "in line", cell: ({ placeCount }) => placeCount },
    { title: "server µs a call", cell: ({ serverUsPerCall }) => serverUsPerCall.median },
    { title: "lowest", cell: ({ serverUsPerCall }) => serverUsPerCall.lowest },
    { title: "highest", cell: ({ serverUsPerCall }) => serverUsPerCall.highest },
  ]);
}

/** Rounds that have a column of their own; what took more stands together. */
const shownRounds = 4;

/** How it begins: how many rounds it takes until somebody has won. */
export function settlingTable(rows: readonly SettlingRow[]): string {
  const share = (row: SettlingRow, count: number): number => (100 * count) / row.raceCount;
  const later = ({ winsByRound }: SettlingRow): number =>
    winsByRound.slice(shownRounds).reduce((sum, count) => sum + count, 0);
  return table(rows, [
    { title: "Peer", cell: ({ peer }) => peers[peer].label },
    { title: "Nodes", cell: ({ nodeCount }) => nodeCount },
    { title: "Contenders", cell: ({ contenderCount }) => contenderCount },
    { title: "Races", cell: ({ raceCount }) => raceCount },
    ...Array.from({ length: shownRounds }, (_, at) => ({
      title: `won in round ${at + 1}, %`,
      cell: (row: SettlingRow) => share(row, row.winsByRound[at] ?? 0),
    })),
    { title: "later, %", cell: (row) => share(row, later(row)) },
    { title: "most rounds", cell: ({ winsByRound }) => winsByRound.length },
    { title: "first winner p50 ms", cell: ({ p50Ms }) => p50Ms },
    { title: "p99 ms", cell: ({ p99Ms }) => p99Ms },
    { title: "longest ms", cell: ({ longestMs }) => longestMs },
    { title: "Faults seen", cell: ({ overlapCount, unsettledCount }) => racesGoneWrong(overlapCount, unsettledCount) },
  ]);
}

function racesGoneWrong(overlapCount: number, unsettledCount: number): string {
  const seen = [
    overlapCount > 0 ? `${overlapCount} with two winners` : "",
    unsettledCount > 0 ? `${unsettledCount} never won` : "",
  ];
  return seen.filter((text) => text !== "").join(", ");
}
