/** Processes that take one of K permits from each other: the peers by turns, in each round anew. */
import { Driver } from "../driver/driver.ts";
import type { Driven } from "../driver/order.ts";
import { ratiosOf, spreadOf } from "../measure/spread.ts";
import type { PeerName } from "../peers/peers.ts";
import type { PermitsRow } from "../report/rows.ts";
import { startAgedFleet } from "./aged-fleet.ts";
import { Ring, type Contended, type Contest } from "./contention.ts";

/** Ours first: what the others are compared with. */
export const permitPeers = ["ours", "redis-semaphore", "redis-semaphore-single", "counting-semaphore"] as const;

/** Long enough for the control to be caught. */
const controlMs = 100;

/** Throws when processes that do not ask at all pass for at most K: then nothing else has been checked either. */
export async function runPermits(
  nodeCount: number,
  contests: readonly (Contest & { readonly permits: number })[],
  openDriver: () => Driven = () => new Driver(),
): Promise<PermitsRow[]> {
  await using fleet = await startAgedFleet({ nodes: nodeCount });
  const ring = new Ring(fleet, fleet.urls, openDriver);
  try {
    const control = { processCount: 4, holdMs: 1, permits: 2, roundCount: 1, durationMs: controlMs };
    if ((await ring.contend("no-lock", control)).handOffs.overlapCount === 0) {
      throw new Error("the count is blind: it has not seen three at a time of two, by processes that do not ask");
    }
    const rows: PermitsRow[] = [];
    for (const contest of contests) {
      const rounds = new Map<PeerName, Contended[]>(permitPeers.map((peer) => [peer, []]));
      for (let round = 0; round < contest.roundCount; round += 1) {
        for (let turn = 0; turn < permitPeers.length; turn += 1) {
          const peer = permitPeers[(turn + round) % permitPeers.length]!;
          rounds.get(peer)!.push(await ring.contend(peer, contest));
        }
      }
      const ours = rounds.get("ours")!;
      for (const [peer, contended] of rounds) rows.push(permitsRow(peer, nodeCount, contest, contended, ours));
    }
    return rows;
  } finally {
    await ring.end();
  }
}

function permitsRow(
  peer: PeerName,
  nodeCount: number,
  { processCount, holdMs, permits }: Contest & { readonly permits: number },
  rounds: readonly Contended[],
  ours: readonly Contended[],
): PermitsRow {
  const sum = (figure: (round: Contended) => number): number => rounds.reduce((all, round) => all + figure(round), 0);
  return {
    peer,
    nodeCount,
    permits,
    processCount,
    holdMs,
    roundCount: rounds.length,
    acquiresPerSecond: spreadOf(rounds.map(perSecond)),
    speedRatioToOurs: ratiosOf(rounds.map(perSecond), ours.map(perSecond)),
    longestWaitMs: Math.max(...rounds.map(longestWaitMs)),
    waitRatioToOurs: ratiosOf(rounds.map(longestWaitMs), ours.map(longestWaitMs)),
    clientCpuUsPerAcquire: sum(clientCpuUs) / sum(({ handOffs }) => handOffs.count),
    serverCpuUsPerAcquire: sum(({ servers }) => servers.cpuUs) / sum(({ handOffs }) => handOffs.count),
    cpuRatioToOurs: ratiosOf(rounds.map(cpuUsPerAcquire), ours.map(cpuUsPerAcquire)),
    mostAtOnce: Math.max(...rounds.map(({ handOffs }) => handOffs.mostAtOnce)),
    tooManyCount: sum(({ handOffs }) => handOffs.overlapCount),
    failureCount: sum(({ reports }) => reports.reduce((all, report) => all + report.failureCount, 0)),
    hungCount: sum(({ reports }) => reports.filter(({ isHung }) => isHung).length),
  };
}

function perSecond({ handOffs, durationMs }: Contended): number {
  return handOffs.count / (durationMs / 1_000);
}

function longestWaitMs({ handOffs }: Contended): number {
  return Math.max(0, ...handOffs.waitsMs);
}

function clientCpuUs({ reports }: Contended): number {
  return reports.reduce((all, { cpuUs }) => all + cpuUs, 0);
}

function cpuUsPerAcquire(round: Contended): number {
  return (clientCpuUs(round) + round.servers.cpuUs) / round.handOffs.count;
}
