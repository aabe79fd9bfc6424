/**
 * The same job done by a quorum of Redis masters and by consensus: etcd and ZooKeeper, three members each, every one with
 * its own recipe. All run at once and take turns, so that what disturbs the machine disturbs all of them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { startEtcd } from "../coordination/etcd-service.ts";
import { startRedis } from "../coordination/redis-service.ts";
import { cpuUsOf, type Service } from "../coordination/service.ts";
import { startZooKeeper } from "../coordination/zookeeper-service.ts";
import { Driver } from "../driver/driver.ts";
import type { ContendReport } from "../driver/order.ts";
import { sharedNowMs } from "../driver/shared-clock.ts";
import { readHandOffs } from "../measure/hand-offs.ts";
import { longestGapMs } from "../measure/longest-gap.ts";
import { percentile, sortSamples } from "../measure/percentile.ts";
import type { CoordinationRow, CyclesOf, HandOffsOf } from "../report/rows.ts";

export interface CoordinationPlan {
  readonly roundCount: number;
  readonly durationMs: number;
  readonly processCount: number;
}

const ttlMs = 10_000;
/** How long a paused holder keeps the others out is measured with this one. */
const shortTtlMs = 3_000;
const retryDelayMs = 10;
const holdMs = 1;
const warmUpMs = 500;
const startInMs = 50;
/** Of contending while a member is killed: longer than the TTL, so that what only its end frees is seen. */
const failoverMs = 15_000;
const killAfterMs = 2_000;

/** Which of them could not be had, and why, is told. */
export async function runCoordination(
  plan: CoordinationPlan,
  tell: (what: string) => void,
): Promise<CoordinationRow[]> {
  const starts = [() => startRedis(false), () => startRedis(true), startEtcd, startZooKeeper];
  const services: Service[] = [];
  for (const start of starts) {
    await start().then(
      (service) => services.push(service),
      (error: unknown) => tell(`left out: ${error instanceof Error ? error.message : String(error)}`),
    );
  }
  try {
    const rows = new Map(services.map((service) => [service, new Found(service)]));
    for (let round = 0; round < plan.roundCount; round += 1) {
      for (const [service, found] of rows) {
        tell(`${service.label}: round ${round + 1} of ${plan.roundCount}`);
        await found.measure(plan);
      }
    }
    for (const [service, found] of rows) {
      tell(`${service.label}: a paused holder, a killed member`);
      await found.breakIt(plan);
    }
    return [...rows.values()].map((found) => found.row());
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
}

class Found {
  readonly #service: Service;
  readonly #one: CyclesOf[] = [];
  readonly #many: CyclesOf[] = [];
  readonly #handOffs: HandOffsOf[] = [];
  #pausedMs = 0;
  #gapMs = 0;
  #overlapCount = 0;

  constructor(service: Service) {
    this.#service = service;
  }

  async measure({ durationMs, processCount }: CoordinationPlan): Promise<void> {
    await using driver = await this.#open(ttlMs);
    this.#one.push(await this.#cycles(driver, 1, durationMs));
    this.#many.push(await this.#cycles(driver, 64, durationMs));
    const { reports, serverCpuUs, time } = await this.#contend(processCount, durationMs);
    const handOffs = readHandOffs(reports, time);
    this.#overlapCount += handOffs.overlapCount;
    const clientCpuUs = reports.reduce((sum, { cpuUs }) => sum + cpuUs, 0);
    this.#handOffs.push({
      perSecond: handOffs.count / (durationMs / 1_000),
      longestWaitMs: Math.max(0, ...handOffs.waitsMs),
      jainIndex: handOffs.jainIndex,
      cpuUs: (clientCpuUs + serverCpuUs) / handOffs.count,
    });
  }

  async breakIt({ processCount }: CoordinationPlan): Promise<void> {
    this.#pausedMs = await this.#pausedHolder();
    const { reports, time } = await this.#contend(processCount, failoverMs, async () => {
      await sleep(killAfterMs);
      await this.#service.killLeader();
    });
    this.#gapMs = longestGapMs(reports, time);
    this.#overlapCount += readHandOffs(reports, time).overlapCount;
  }

  row(): CoordinationRow {
    const { peer, label } = this.#service;
    return {
      peer,
      label,
      oneCaller: medianOf(this.#one, ({ perSecond }) => perSecond),
      manyCallers: medianOf(this.#many, ({ perSecond }) => perSecond),
      contention: medianOf(this.#handOffs, ({ perSecond }) => perSecond),
      pausedHolderMs: this.#pausedMs,
      longestGapMs: this.#gapMs,
      overlapCount: this.#overlapCount,
    };
  }

  #open(ttl: number): Promise<Driver> {
    const { peer, urls } = this.#service;
    return Driver.open({ peer, urls, ttlMs: ttl, retryDelayMs, autoExtend: false });
  }

  async #cycles(driver: Driver, callerCount: number, durationMs: number): Promise<CyclesOf> {
    const order = { kind: "cycles", callerCount, resourcesPerLock: 1 } as const;
    await driver.tell({ ...order, durationMs: warmUpMs });
    const before = cpuUsOf(this.#service.pids);
    const { latencies, elapsedMs, cpuUs } = await driver.tell({ ...order, durationMs });
    const serverCpuUs = cpuUsOf(this.#service.pids) - before;
    const sorted = sortSamples([latencies]);
    return {
      perSecond: latencies.length / (elapsedMs / 1_000),
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      cpuUs: (cpuUs + serverCpuUs) / latencies.length,
    };
  }

  /** `meanwhile` begins with what is measured, however long the processes took to start, and must end within it. */
  async #contend(processCount: number, durationMs: number, meanwhile: () => Promise<void> = async () => {}) {
    const drivers = await Promise.all(Array.from({ length: processCount }, () => this.#open(ttlMs)));
    try {
      const startAtMs = sharedNowMs() + startInMs + warmUpMs;
      const time = { startAtMs, endAtMs: startAtMs + durationMs };
      const order = {
        kind: "contend",
        resource: "contended",
        holdMs,
        startAtMs,
        warmUpMs,
        durationMs,
        graceMs: 2_000,
      } as const;
      const running = Promise.all(drivers.map((driver): Promise<ContendReport> => driver.tell(order)));
      await sleep(startAtMs - sharedNowMs());
      const before = cpuUsOf(this.#service.pids);
      const doneAtMs = meanwhile().then(sharedNowMs);
      await Promise.all([sleep(time.endAtMs - sharedNowMs()), doneAtMs]);
      if ((await doneAtMs) > time.endAtMs)
        throw new Error(`${this.#service.label}: no member was killed while it was measured`);
      const serverCpuUs = cpuUsOf(this.#service.pids) - before;
      return { reports: await running, serverCpuUs, time };
    } finally {
      await Promise.all(drivers.map((driver) => driver.end()));
    }
  }

  /** How long after the holder was stopped another gets in. It is let go on afterwards, and may not take it back. */
  async #pausedHolder(): Promise<number> {
    await using holder = await this.#open(shortTtlMs);
    await using next = await this.#open(shortTtlMs);
    const order = { kind: "take", resource: "paused" } as const;
    await holder.tell(order);
    process.kill(holder.pid, "SIGSTOP");
    const stoppedAtMs = performance.now();
    try {
      await next.tell(order);
      return performance.now() - stoppedAtMs;
    } finally {
      process.kill(holder.pid, "SIGCONT");
    }
  }
}

function medianOf<Row>(rows: readonly Row[], figure: (row: Row) => number): Row {
  return [...rows].sort((one, other) => figure(one) - figure(other))[Math.floor(rows.length / 2)]!;
}
