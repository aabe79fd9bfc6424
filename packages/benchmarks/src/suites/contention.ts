/** Processes, not promises, that take one resource from each other. */
import { startFleet, type Fleet } from "@quorate/testing";
import { Driver } from "../driver/driver.ts";
import type { ContendReport } from "../driver/order.ts";
import { sharedNowMs } from "../driver/shared-clock.ts";
import { jainIndex } from "../measure/fairness.ts";
import { countOverlaps } from "../measure/overlap.ts";
import { percentile } from "../measure/percentile.ts";
import { costBetween, readServerCost, type ServerCost } from "../measure/server-cost.ts";
import { spreadOf } from "../measure/spread.ts";
import type { PeerName } from "../peers/peers.ts";
import type { ContentionRow } from "../report/rows.ts";
import type { Pace } from "./speed.ts";
import { retryDelayMs, trustedAfterMs, ttlMs } from "./stand.ts";

export interface Contest {
  readonly processCount: number;
  readonly holdMs: number;
}

/** All processes have heard the order by then. */
const startInMs = 150;

interface Contended {
  readonly reports: readonly ContendReport[];
  readonly servers: ServerCost;
  readonly durationMs: number;
  readonly endAtMs: number;
}

export async function runContests(
  nodeCount: number,
  peers: readonly PeerName[],
  contests: readonly Contest[],
  pace: Pace,
): Promise<ContentionRow[]> {
  await using fleet = await startFleet({ nodes: nodeCount });
  await new Promise((resolve) => setTimeout(resolve, trustedAfterMs));
  const rows: ContentionRow[] = [];
  const mostProcesses = Math.max(...contests.map(({ processCount }) => processCount));
  const drivers = Array.from({ length: mostProcesses }, () => new Driver());
  try {
    for (const contest of contests) {
      const contenders = drivers.slice(0, contest.processCount);
      const rounds = new Map<PeerName, Contended[]>(peers.map((peer) => [peer, []]));
      for (let round = 0; round < pace.roundCount; round += 1) {
        for (const peer of peers) rounds.get(peer)?.push(await contend(fleet, contenders, peer, contest, pace));
      }
      for (const [peer, contended] of rounds) rows.push(contentionRow(peer, nodeCount, contest, contended));
    }
    return rows;
  } finally {
    await Promise.all(drivers.map((driver) => driver.end()));
  }
}

async function contend(
  fleet: Fleet,
  drivers: readonly Driver[],
  peer: PeerName,
  { holdMs }: Contest,
  { durationMs }: Pace,
): Promise<Contended> {
  const setup = { peer, urls: fleet.urls, ttlMs, retryDelayMs, autoExtend: false };
  await Promise.all(drivers.map((driver) => driver.tell({ kind: "open", ...setup })));
  const before = await readServerCost(fleet.servers);
  const startAtMs = sharedNowMs() + startInMs;
  const order = { kind: "contend", resource: "contended", holdMs, startAtMs, durationMs } as const;
  const reports = await Promise.all(drivers.map((driver) => driver.tell(order)));
  const servers = costBetween(before, await readServerCost(fleet.servers), fleet.servers.length);
  await Promise.all(drivers.map((driver) => driver.tell({ kind: "close" })));
  await Promise.all(fleet.servers.map((server) => server.flushAll()));
  return { reports, servers, durationMs, endAtMs: startAtMs + durationMs };
}

function contentionRow(
  peer: PeerName,
  nodeCount: number,
  contest: Contest,
  rounds: readonly Contended[],
): ContentionRow {
  const waits = Float64Array.from(rounds.flatMap(waitsOf)).sort();
  const reports = rounds.flatMap((round) => round.reports);
  const total = rounds.reduce((sum, round) => sum + handOffs(round), 0);
  const sum = (figure: (report: ContendReport) => number): number =>
    reports.reduce((all, each) => all + figure(each), 0);
  const serverSum = (figure: (cost: ServerCost) => number): number =>
    rounds.reduce((all, { servers }) => all + figure(servers), 0);
  return {
    peer,
    nodeCount,
    ...contest,
    roundCount: rounds.length,
    handOffsPerSecond: spreadOf(rounds.map((round) => handOffs(round) / (round.durationMs / 1_000))),
    waitP50Ms: percentile(waits, 0.5),
    waitP99Ms: percentile(waits, 0.99),
    longestWaitMs: percentile(waits, 1),
    jainIndex: spreadOf(rounds.map(fairness)).median,
    callsPerHandOff: sum((each) => each.callCount) / total,
    commandsPerHandOff: serverSum((cost) => cost.commandCount) / total,
    clientCpuUsPerHandOff: sum((each) => each.cpuUs) / total,
    serverCpuUsPerHandOff: serverSum((cost) => cost.cpuUs) / total,
    overlapCount: rounds.reduce((all, { reports: each }) => all + countOverlaps(each.map(holdsOf)), 0),
    failureCount: sum((each) => each.failureCount),
  };
}

function fairness({ reports, endAtMs }: Contended): number {
  return jainIndex(reports.map((report) => handOffsOf(report, endAtMs)));
}

function handOffs({ reports, endAtMs }: Contended): number {
  return reports.reduce((sum, report) => sum + handOffsOf(report, endAtMs), 0);
}

/** Those within the time; what comes in the grace after it only ends the waiting. */
function handOffsOf({ moments }: ContendReport, endAtMs: number): number {
  let count = 0;
  for (let at = 1; at < moments.length; at += 3) if (moments[at]! < endAtMs) count += 1;
  return count;
}

/** Who still waits at the end has waited so long at least: leaving it out would make the one that starved look best. */
function waitsOf({ reports, endAtMs }: Contended): number[] {
  const waits: number[] = [];
  for (const { moments, waitingSinceMs } of reports) {
    for (let at = 0; at < moments.length; at += 3)
      if (moments[at + 1]! < endAtMs) waits.push(moments[at + 1]! - moments[at]!);
    if (waitingSinceMs > 0) waits.push(endAtMs - waitingSinceMs);
  }
  return waits;
}

/** entered, left. */
function holdsOf({ moments }: ContendReport): Float64Array {
  return moments.filter((_moment, at) => at % 3 !== 0);
}
