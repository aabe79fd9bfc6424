/** Cycles of acquire and release, the peers taking turns: what disturbs the machine disturbs all of them. */
import { percentile, sortSamples } from "../measure/percentile.ts";
import { ratiosOf, spreadOf } from "../measure/spread.ts";
import type { PeerName } from "../peers/peers.ts";
import type { SpeedRow } from "../report/rows.ts";
import type { Measured, Stand } from "./stand.ts";

export interface Load {
  readonly callerCount: number;
  readonly resourcesPerLock: number;
}

export interface Pace {
  readonly roundCount: number;
  readonly durationMs: number;
}

/** Long enough for V8 to have compiled what runs often: before, a caller costs up to twice as much. */
const warmUpMs = 1_000;

/** Each peer's rounds, in the order run. */
export type Rounds = ReadonlyMap<PeerName, readonly Measured[]>;

/** Runs every peer once before the first round counts; each round begins with another peer. */
export async function runRounds(stand: Stand, peers: readonly PeerName[], load: Load, pace: Pace): Promise<Rounds> {
  const rounds = new Map<PeerName, Measured[]>(peers.map((peer) => [peer, []]));
  for (const peer of peers) await stand.measure(peer, { ...load, durationMs: warmUpMs });
  for (let round = 0; round < pace.roundCount; round += 1) {
    for (let turn = 0; turn < peers.length; turn += 1) {
      const peer = peers[(turn + round) % peers.length] as PeerName;
      rounds.get(peer)?.push(await stand.measure(peer, { ...load, durationMs: pace.durationMs }));
    }
  }
  return rounds;
}

export function speedRows(rounds: Rounds, nodeCount: number, load: Load, condition: string): SpeedRow[] {
  const redlock5 = rounds.get("redlock-5");
  return [...rounds].map(([peer, measured]) => {
    const perSecond = measured.map(cyclesPerSecond);
    const latencies = sortSamples(measured.map((each) => each.latencies));
    const perCycle = (figure: (each: Measured) => number): number => total(measured, figure) / latencies.length;
    return {
      peer,
      nodeCount,
      ...load,
      condition,
      roundCount: measured.length,
      cyclesPerSecond: spreadOf(perSecond),
      ratioToRedlock5: redlock5 === undefined ? null : ratiosOf(perSecond, redlock5.map(cyclesPerSecond)),
      cpuRatioToRedlock5:
        redlock5 === undefined ? null : ratiosOf(measured.map(cpuUsPerCycle), redlock5.map(cpuUsPerCycle)),
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      p999Ms: percentile(latencies, 0.999),
      longestMs: percentile(latencies, 1),
      clientCpuUsPerCycle: perCycle((each) => each.cpuUs),
      serverCpuUsPerCycle: perCycle((each) => each.servers.cpuUs),
      callsPerCycle: perCycle((each) => each.callCount),
      commandsPerCycle: perCycle((each) => each.servers.commandCount),
      bytesInPerCycle: perCycle((each) => each.servers.inputBytes),
      bytesOutPerCycle: perCycle((each) => each.servers.outputBytes),
      failureCount: total(measured, (each) => each.failureCount),
      hungCount: total(measured, (each) => each.hungCount),
      unprovedCount: total(measured, (each) => unproved(each, nodeCount)),
      leftKeyCount: total(measured, (each) => each.leftKeyCount),
    };
  });
}

/** A cycle sets its keys on a quorum of nodes, and deletes them there: by the servers' account it has happened so often. */
function unproved({ latencies, servers }: Measured, nodeCount: number): number {
  const quorum = Math.floor(nodeCount / 2) + 1;
  const provedCount = Math.floor(Math.min(servers.setCount, servers.deleteCount) / quorum);
  return Math.max(0, latencies.length - provedCount);
}

function cyclesPerSecond(measured: Measured): number {
  return measured.latencies.length / (measured.elapsedMs / 1_000);
}

/** Of client and servers. */
function cpuUsPerCycle({ cpuUs, servers, latencies }: Measured): number {
  return (cpuUs + servers.cpuUs) / latencies.length;
}

function total(measured: readonly Measured[], figure: (each: Measured) => number): number {
  return measured.reduce((sum, each) => sum + figure(each), 0);
}
