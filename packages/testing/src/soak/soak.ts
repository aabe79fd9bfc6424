/**
 * A quiet run for hours on real servers: several processes contend for locks that the library extends, one node at a time
 * fails gently, and every few seconds it is looked whether anything grows. At the end nothing may be left.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { breachesOf } from "../fleet/breaches.ts";
import { type ProxiedFleet, startFleet } from "../redis/fleet.ts";
import { until } from "../redis/until.ts";
import { startWatchdog } from "../redis/watchdog.ts";
import { Prng } from "../sim/prng.ts";
import { Crew } from "../torture/crew.ts";
import { Places } from "../torture/places.ts";
import { makeTrouble } from "../torture/troubles.ts";
import { leftOnServers, leftProcesses } from "./left.ts";
import type { Trend } from "./flat.ts";
import { latenessOf, type SoakReport, trendsOf } from "./report.ts";
import { Sampler } from "./sampler.ts";
import { GENTLE } from "./troubles.ts";

/** What is asked of a soak. */
export interface SoakOptions {
  readonly durationMs: number;
  readonly seed: number;
  /** @default 10_000 */
  readonly sampleEveryMs?: number;
  /** Between two troubles, on average. @default 20_000 */
  readonly troubleEveryMs?: number;
  /** No user gives back what it acquires: the control that the soak sees what grows. Ends when it has. */
  readonly isLeaking?: boolean;
  /** Called after each sample, with how to get what is known by then: without overlaps and counts of locks. */
  readonly onSample?: (reportSoFar: () => SoakReport) => void;
}

const NODE_COUNT = 5;
const USER_COUNT = 3;
const TTL_MS = [600, 4_000] as const;
const LOOK_EVERY_MS = 100;
const FIRST_LOCK_WITHIN_MS = 60_000;
const RESOURCES = ["r0", "r1", "r2", "r3", "r4"];
/** From this file's place in src/ and in dist/ alike: a process of its own needs what was built. */
const program = {
  path: fileURLToPath(new URL("../../dist/soak/user.js", import.meta.url)),
  flags: ["--expose-gc"],
};

/** Rejects only where the rig itself fails. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const watchdog = await startWatchdog();
  try {
    await using fleet = await startFleet({ nodes: NODE_COUNT, proxied: true });
    const report = await soakFleet(fleet, watchdog.folder, options);
    const pids = fleet.servers.map(({ pid }) => pid);
    await fleet.stop();
    return { ...report, left: [...report.left, ...leftProcesses(pids)] };
  } finally {
    await watchdog.finish();
  }
}

/** Both what a leaking user keeps in its memory, and what that keeps on the servers. */
export function isCaught(trends: readonly Trend[]): boolean {
  return ["heap", "lock keys"].every((what) => trends.some(({ name, isFlat }) => name.endsWith(` ${what}`) && !isFlat));
}

async function soakFleet(fleet: ProxiedFleet, folder: string, options: SoakOptions): Promise<SoakReport> {
  const { sampleEveryMs = 10_000, troubleEveryMs = 20_000, isLeaking = false, onSample = () => undefined } = options;
  const prng = new Prng(options.seed);
  const places = new Places(fleet, NODE_COUNT);
  const order = { resources: RESOURCES, ttlMs: TTL_MS, restartGuardMs: TTL_MS[1], callerCount: 3, isLeaking };
  const urlsFor = (peer: string): Promise<readonly string[]> => fleet.urlsFor(peer);
  const crew = new Crew(USER_COUNT, folder, order, prng.fork("users"), urlsFor, program);
  const sampler = new Sampler(crew, places);
  const troubles: Record<string, number> = {};
  const controller = new AbortController();
  await crew.startAll();
  // Servers that have just started are not counted before the restart guard is over.
  await until(async () => {
    await sleep(LOOK_EVERY_MS);
    return crew.faults.length > 0 || crew.history().events.some(({ kind }) => kind === "granted");
  }, FIRST_LOCK_WITHIN_MS);
  const startedAtMs = performance.now();
  const report = (left: SoakReport["left"], isFinished: boolean): SoakReport => {
    const history = isFinished ? crew.history() : { events: [] };
    const count = (kind: string): number => history.events.filter((event) => event.kind === kind).length;
    return {
      isFinished,
      seed: options.seed,
      lastedMs: performance.now() - startedAtMs,
      grantedCount: count("granted"),
      refusedCount: count("refused"),
      lostCount: count("lost"),
      troubles,
      lateness: latenessOf(sampler.lateMs),
      trends: trendsOf(sampler.samples),
      overlaps: breachesOf(history).map(({ promise, detail }) => `${promise}: ${detail}`),
      left,
      faults: crew.faults,
      samples: sampler.samples,
    };
  };
  const ground = { places, net: fleet.net, crew, prng: prng.fork("troubles") };
  const lane = makeTrouble(ground, GENTLE, troubleEveryMs, controller.signal, (name) => {
    troubles[name] = (troubles[name] ?? 0) + 1;
  });
  for (let due = sampleEveryMs; due <= options.durationMs; due += sampleEveryMs) {
    await sleep(Math.max(0, startedAtMs + due - performance.now()));
    await sampler.take(performance.now() - startedAtMs);
    onSample(() => report([], false));
    // A control is over when it has been caught.
    if (isLeaking && isCaught(trendsOf(sampler.samples))) break;
  }
  controller.abort();
  await lane;
  fleet.net.heal();
  await places.heal();
  await crew.finish();
  const left = [...sampler.left.flat(), ...(await leftOnServers(places))];
  if (sampler.left.length < USER_COUNT)
    left.push(`${USER_COUNT - sampler.left.length} users that did not say what is left`);
  return report(left, true);
}
