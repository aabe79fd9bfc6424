/** Processes, not promises, that take one resource from each other: the peers by turns, in each round anew. */
import type { Fleet } from "@quorate/testing";
import { Driver } from "../driver/driver.ts";
import type { ContendReport, Driven } from "../driver/order.ts";
import { sharedNowMs } from "../driver/shared-clock.ts";
import { readHandOffs, type HandOffs } from "../measure/hand-offs.ts";
import { percentile } from "../measure/percentile.ts";
import { costBetween, readServerCost, type ServerCost } from "../measure/server-cost.ts";
import { spreadOf } from "../measure/spread.ts";
import type { PeerName } from "../peers/peers.ts";
import type { ContentionRow } from "../report/rows.ts";
import type { Pace } from "./speed.ts";
import { startAgedFleet, wipe } from "./aged-fleet.ts";
import { DelayLine } from "./delay-line.ts";
import { retryDelayMs, ttlMs } from "./stand.ts";

export interface Contest extends Pace {
  readonly processCount: number;
  readonly holdMs: number;
  /** Where not all take part. */
  readonly peers?: readonly PeerName[];
  /** How many may have it at one time; left out, one: a lock. */
  readonly permits?: number;
}

/** All processes have heard the order by then. */
const startInMs = 50;

/** Connections are made by then that are made when first needed, all stand in line, and the paths of the code have been walked. */
const warmUpMs = (processCount: number): number => 300 + 75 * processCount;

/** Within which those that wait at the end get it once more, one after the other, if nobody is stuck: also where each takes 40 ms. */
const graceMs = (processCount: number, holdMs: number): number => 500 + processCount * (40 + 3 * holdMs);

/** Long enough for the control to be caught. */
const controlMs = 100;

/** One peer's part of one round. */
export interface Contended {
  readonly reports: readonly ContendReport[];
  readonly handOffs: HandOffs;
  readonly servers: ServerCost;
  readonly durationMs: number;
}

/** Throws when processes that do not lock at all pass for exclusive: then nothing else has been checked either. */
/** `networkMs`: what the network takes, one way. */
export async function runContests(
  nodeCount: number,
  networkMs: number,
  peers: readonly PeerName[],
  contests: readonly Contest[],
  openDriver: () => Driven = () => new Driver(),
): Promise<ContentionRow[]> {
  await using fleet = await startAgedFleet({ nodes: nodeCount });
  await using network = await DelayLine.open(networkMs > 0 ? fleet.urls : [], networkMs);
  const ring = new Ring(fleet, networkMs > 0 ? network.urls : fleet.urls, openDriver);
  try {
    const control = { processCount: 2, holdMs: 1, roundCount: 1, durationMs: controlMs };
    if ((await ring.contend("no-lock", control)).handOffs.overlapCount === 0) {
      throw new Error("the check of exclusiveness is blind: it has not seen two processes inside that do not lock");
    }
    const rows: ContentionRow[] = [];
    for (const contest of contests) {
      const taking = contest.peers ?? peers;
      const rounds = new Map<PeerName, Contended[]>(taking.map((peer) => [peer, []]));
      for (let round = 0; round < contest.roundCount; round += 1) {
        for (let turn = 0; turn < taking.length; turn += 1) {
          const peer = taking[(turn + round) % taking.length] as PeerName;
          rounds.get(peer)?.push(await ring.contend(peer, contest));
        }
      }
      for (const [peer, contended] of rounds)
        rows.push(contentionRow(peer, { nodeCount, networkMs }, contest, contended));
    }
    return rows;
  } finally {
    await ring.end();
  }
}

/** The fleet, and processes for as many as compete. */
export class Ring {
  readonly #fleet: Fleet;
  readonly #urls: readonly string[];
  readonly #openDriver: () => Driven;
  #drivers: Driven[] = [];

  constructor(fleet: Fleet, urls: readonly string[], openDriver: () => Driven) {
    this.#fleet = fleet;
    this.#urls = urls;
    this.#openDriver = openDriver;
  }

  async contend(peer: PeerName, { processCount, holdMs, durationMs, permits }: Contest): Promise<Contended> {
    const { servers } = this.#fleet;
    while (this.#drivers.length < processCount) this.#drivers.push(this.#openDriver());
    const drivers = this.#drivers.slice(0, processCount);
    const beside = permits === undefined ? {} : { permits };
    const setup = { peer, urls: this.#urls, ttlMs, retryDelayMs, autoExtend: false, ...beside };
    await Promise.all(drivers.map((driver) => driver.tell({ kind: "open", ...setup })));
    const warmMs = warmUpMs(processCount);
    const startAtMs = sharedNowMs() + startInMs + warmMs;
    const endAtMs = startAtMs + durationMs;
    const time = { startAtMs, warmUpMs: warmMs, durationMs, graceMs: graceMs(processCount, holdMs) };
    const order = { kind: "contend", resource: "contended", holdMs, ...time } as const;
    const running = Promise.all(drivers.map((driver) => driver.tell(order)));
    // At the end of the time, not when the last has come back: only what is done until then counts.
    const [before, after, reports] = await Promise.all([this.#costAt(startAtMs), this.#costAt(endAtMs), running]);
    await Promise.all(drivers.map((driver, at) => this.#clear(driver, reports[at] as ContendReport)));
    await wipe(this.#fleet);
    return {
      reports,
      handOffs: readHandOffs(reports, { startAtMs, endAtMs }, permits),
      servers: costBetween(before, after, servers.length),
      durationMs,
    };
  }

  async end(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.end()));
  }

  async #costAt(atMs: number): Promise<ServerCost> {
    await new Promise((resolve) => setTimeout(resolve, atMs - sharedNowMs()));
    return readServerCost(this.#fleet.servers);
  }

  /** A process that is still asking would disturb all that is measured after it. */
  async #clear(driver: Driven, { isHung }: ContendReport): Promise<void> {
    if (!isHung) return driver.tell({ kind: "close" });
    this.#drivers = this.#drivers.filter((each) => each !== driver);
    return driver.end();
  }
}

function contentionRow(
  peer: PeerName,
  fleet: Pick<ContentionRow, "nodeCount" | "networkMs">,
  { processCount, holdMs }: Contest,
  rounds: readonly Contended[],
): ContentionRow {
  const waits = Float64Array.from(rounds.flatMap(({ handOffs }) => handOffs.waitsMs)).sort();
  const sum = (figure: (round: Contended) => number): number => rounds.reduce((all, round) => all + figure(round), 0);
  const reportSum = (figure: (report: ContendReport) => number): number =>
    sum(({ reports }) => reports.reduce((all, report) => all + figure(report), 0));
  const total = sum(({ handOffs }) => handOffs.count);
  return {
    peer,
    ...fleet,
    processCount,
    holdMs,
    roundCount: rounds.length,
    handOffsPerSecond: spreadOf(rounds.map(({ handOffs, durationMs }) => handOffs.count / (durationMs / 1_000))),
    waitP50Ms: percentile(waits, 0.5),
    waitP99Ms: percentile(waits, 0.99),
    longestWaitMs: percentile(waits, 1),
    longestWaitOfRoundMs: spreadOf(rounds.map(({ handOffs }) => Math.max(...handOffs.waitsMs))),
    jainIndex: spreadOf(rounds.map(({ handOffs }) => handOffs.jainIndex)).median,
    callsPerHandOff: reportSum(({ callCount }) => callCount) / total,
    commandsPerHandOff: sum(({ servers }) => servers.commandCount) / total,
    clientCpuUsPerHandOff: reportSum(({ cpuUs }) => cpuUs) / total,
    serverCpuUsPerHandOff: sum(({ servers }) => servers.cpuUs) / total,
    overlapCount: sum(({ handOffs }) => handOffs.overlapCount),
    failureCount: reportSum(({ failureCount }) => failureCount),
    hungCount: reportSum(({ isHung }) => (isHung ? 1 : 0)),
  };
}
