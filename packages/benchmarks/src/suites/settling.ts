/**
 * Contenders that start at one moment and reach the nodes crosswise, so that the votes may be split: how many rounds it
 * takes until one of them has won.
 */
import type { Fleet } from "@quorate/testing";
import { Driver } from "../driver/driver.ts";
import type { Driven, RaceReport } from "../driver/order.ts";
import { sharedNowMs } from "../driver/shared-clock.ts";
import { countOverlaps } from "../measure/overlap.ts";
import { percentile } from "../measure/percentile.ts";
import type { PeerName } from "../peers/peers.ts";
import type { SettlingRow } from "../report/rows.ts";
import { startAgedFleet, wipe } from "./aged-fleet.ts";
import { retryDelayMs, ttlMs } from "./stand.ts";

/** More processes than cores would start one after the other, whatever they are told. */
const mostProcesses = 16;

/** All processes have heard of a race by then. */
const startInMs = 5;

/** A race without a winner until then is given up. */
const settledWithinMs = 5_000;

interface Race {
  /** Who is called back late may win after the first; no two at one time. */
  readonly winners: readonly RaceReport[];
  readonly startAtMs: number;
}

export async function runSettling(
  nodeCount: number,
  peers: readonly PeerName[],
  contenderCounts: readonly number[],
  raceCount: number,
  openDriver: () => Driven = () => new Driver(),
): Promise<SettlingRow[]> {
  await using fleet = await startAgedFleet({ nodes: nodeCount });
  const processCount = Math.min(mostProcesses, Math.max(...contenderCounts));
  const drivers = Array.from({ length: processCount }, openDriver);
  try {
    const rows: SettlingRow[] = [];
    for (const contenderCount of contenderCounts) {
      for (const peer of peers) {
        const racing = drivers.slice(0, contenderCount);
        await lineUp(fleet, racing, peer, contenderCount);
        // The first race connects the subscribers and loads what else is loaded once.
        await runRace(racing, "race:warm-up");
        const races: Race[] = [];
        for (let race = 0; race < raceCount; race += 1) races.push(await runRace(racing, `race:${race}`));
        await Promise.all(racing.map((driver) => driver.tell({ kind: "close" })));
        await wipe(fleet);
        rows.push(settlingRow(peer, nodeCount, contenderCount, races));
      }
    }
    return rows;
  } finally {
    await Promise.all(drivers.map((driver) => driver.end()));
  }
}

/** Spreads the contenders evenly over the processes. */
async function lineUp(fleet: Fleet, drivers: readonly Driven[], peer: PeerName, count: number): Promise<void> {
  const setup = { peer, urls: fleet.urls, ttlMs, retryDelayMs, autoExtend: false };
  const firstOf = (at: number): number => Math.floor((at * count) / drivers.length);
  await Promise.all(
    drivers.map((driver, at) => {
      const firstRacer = firstOf(at);
      return driver.tell({ kind: "line-up", ...setup, firstRacer, racerCount: firstOf(at + 1) - firstRacer });
    }),
  );
}

async function runRace(drivers: readonly Driven[], resource: string): Promise<Race> {
  const startAtMs = sharedNowMs() + startInMs;
  const running = drivers.map((driver) => driver.tell({ kind: "race", resource, startAtMs }));
  const patience = new AbortController();
  const tooLong = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, settledWithinMs);
    patience.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  await Promise.race([...running, tooLong]);
  patience.abort();
  const reports = await Promise.all(drivers.map((driver) => driver.tell({ kind: "race-over" })));
  await Promise.all(running);
  return { winners: reports.flat(), startAtMs };
}

function settlingRow(peer: PeerName, nodeCount: number, contenderCount: number, races: readonly Race[]): SettlingRow {
  const settled = races.filter(({ winners }) => winners.length > 0);
  const first = settled.map(({ winners }) => winners.toSorted((a, b) => a.wonAtMs - b.wonAtMs)[0] as RaceReport);
  const elapsed = Float64Array.from(settled, ({ startAtMs }, at) => first[at]!.wonAtMs - startAtMs).sort();
  const winsByRound = Array.from({ length: Math.max(0, ...first.map(({ roundCount }) => roundCount)) }, () => 0);
  for (const { roundCount } of first) winsByRound[roundCount - 1]! += 1;
  return {
    peer,
    nodeCount,
    contenderCount,
    raceCount: races.length,
    winsByRound,
    unsettledCount: races.length - settled.length,
    p50Ms: percentile(elapsed, 0.5),
    p99Ms: percentile(elapsed, 0.99),
    longestMs: percentile(elapsed, 1),
    overlapCount: races.filter(hasOverlap).length,
  };
}

function hasOverlap({ winners }: Race): boolean {
  return countOverlaps(winners.map(({ wonAtMs, leftAtMs }) => Float64Array.of(wonAtMs, leftAtMs))) > 0;
}
