/**
 * A random fault run on real servers: several processes share locks over five servers behind proxies, while servers and
 * processes are killed and stopped, memories wiped, addresses moved, and the network cut and slowed. What everybody saw is
 * read afterwards by the one monotonic clock of the machine, by checkers that know nothing of the library.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { breachesOf } from "../fleet/breaches.ts";
import { findClockShim } from "../redis/clock-shim.ts";
import { type ProxiedFleet, startFleet } from "../redis/fleet.ts";
import { until } from "../redis/until.ts";
import { startWatchdog } from "../redis/watchdog.ts";
import { Prng } from "../sim/prng.ts";
import { controlOf, forgetWhatIsContended, isCaught, type TortureControl } from "./control.ts";
import { Crew } from "./crew.ts";
import { Places } from "./places.ts";
import { DISTURBING, FORGETTING, makeTrouble } from "./troubles.ts";

/** What is asked of a torture. */
export interface TortureOptions {
  readonly durationMs: number;
  /** Of what is done, and of what the users want; when it happens, the machine decides. */
  readonly seed: number;
  /** Something is wrong on purpose. Ends when it was seen, however long that takes: `durationMs` does not count then. */
  readonly control?: TortureControl | undefined;
  /** @default 4 */
  readonly userCount?: number;
  /** Told what goes on now and then, for people. */
  readonly onProgress?: (text: string) => void;
}

/** What it came to. */
export interface TortureResult {
  readonly grantedCount: number;
  /** Of those: to how many readers, and how many times some permits. A writer that called `share()` is none. */
  readonly sharedCount: number;
  readonly permitsCount: number;
  readonly refusedCount: number;
  /** The same by the error's code; "held" of a try. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly lostCount: number;
  readonly handedOverCount: number;
  readonly killedUsers: number;
  /** How often each trouble was made. */
  readonly troubles: Readonly<Record<string, number>>;
  /** Two holders at one time, or fencing tokens out of order. */
  readonly breaches: readonly string[];
  /** Lock keys that were there when all was given back. */
  readonly keysLeft: readonly string[];
  /** Rejections that nobody handled, errors that are none of the lock's, processes that ended or hung. */
  readonly faults: readonly string[];
}

const NODE_COUNT = 5;
const SPARE_COUNT = 2;
const TTL_MS = [150, 1500] as const;
const RESOURCES = ["r0", "r1", "r2", "r3"];
const PERMITS = 3;
const LOOK_EVERY_MS = 1_000;
const TELL_EVERY_MS = 30_000;
/** A server is trusted that has been up for longer than any TTL. */
const AGE_MS = 3_600_000;
const CLEAN_WITHIN_MS = 30_000;

/** Rejects only where the rig itself fails. */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const { available } = await findClockShim();
  const config = { appendonly: "yes", appendfsync: "always" };
  const server = available ? { config, ageMs: AGE_MS } : { config };
  const users = await startWatchdog();
  try {
    await using fleet = await startFleet({ nodes: NODE_COUNT + SPARE_COUNT, server, proxied: true });
    // Where servers cannot be made older, they become old enough.
    if (!available) await sleep(TTL_MS[1] + 2_000);
    return await tortureFleet(fleet, users.folder, options);
  } finally {
    await users.finish();
  }
}

async function tortureFleet(fleet: ProxiedFleet, folder: string, options: TortureOptions): Promise<TortureResult> {
  const prng = new Prng(options.seed);
  const { userCount = 4, onProgress = () => undefined } = options;
  const control = controlOf(options.control);
  const { modes, apart, isGuardOff = false } = control;
  const places = new Places(fleet, NODE_COUNT);
  const restartGuardMs = isGuardOff ? 0 : TTL_MS[1];
  const order = { resources: RESOURCES, permits: PERMITS, modes, apart, ttlMs: TTL_MS, restartGuardMs, callerCount: 3 };
  const urlsFor = async (peer: string): Promise<string[]> => (await fleet.urlsFor(peer)).slice(0, NODE_COUNT);
  const crew = new Crew(userCount, folder, order, prng.fork("users"), urlsFor);
  const troubles: Record<string, number> = {};
  const note = (name: string): void => void (troubles[name] = (troubles[name] ?? 0) + 1);
  const controller = new AbortController();
  const ground = (label: string) => ({ places, net: fleet.net, crew, prng: prng.fork(label) });
  await crew.startAll();
  const troubled = [
    makeTrouble.bind(undefined, ground("forgetting"), FORGETTING, 4_000),
    makeTrouble.bind(undefined, ground("disturbing"), DISTURBING, 600),
    makeTrouble.bind(undefined, ground("disturbing too"), DISTURBING, 900),
  ];
  const controlled = isGuardOff ? [forgetWhatIsContended.bind(undefined, ground("control"))] : [];
  const lanes = (options.control === undefined ? troubled : controlled).map((lane) => lane(controller.signal, note));
  const startedAtMs = performance.now();
  let toldAtMs = startedAtMs;
  const isOver = (): boolean =>
    options.control === undefined
      ? performance.now() - startedAtMs >= options.durationMs
      : isCaught(crew.history(), control);
  while (!isOver()) {
    await sleep(Math.min(LOOK_EVERY_MS, options.durationMs));
    if (performance.now() - toldAtMs < TELL_EVERY_MS) continue;
    toldAtMs = performance.now();
    onProgress(
      `${Math.round((toldAtMs - startedAtMs) / 1000)} s, ${sum(troubles)} troubles, ${crew.faults.length} faults`,
    );
  }
  controller.abort();
  await Promise.all(lanes);
  fleet.net.heal();
  await places.heal();
  await crew.finish();
  const keysLeft = await whatIsLeft(places);
  const { events } = crew.history();
  const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
  const granted = events.filter((event) => event.kind === "granted");
  const refusals: Record<string, number> = {};
  for (const event of events) {
    if (event.kind === "refused") refusals[event.reason] = (refusals[event.reason] ?? 0) + 1;
  }
  return {
    grantedCount: granted.length,
    sharedCount: granted.filter(({ shared }) => shared !== undefined).length,
    permitsCount: granted.filter(({ numbers }) => numbers !== undefined).length,
    refusedCount: count("refused"),
    refusals,
    lostCount: count("lost"),
    handedOverCount: crew.handedOverCount,
    killedUsers: crew.killedCount,
    troubles,
    breaches: breachesOf({ events }).map(({ promise, detail }) => `${promise}: ${detail}`),
    keysLeft,
    faults: crew.faults,
  };
}

/** What was killed or forgotten ends by its TTL. */
async function whatIsLeft(places: Places): Promise<string[]> {
  const untilMs = performance.now() + CLEAN_WITHIN_MS;
  let left: string[] = [];
  await until(async () => {
    left = await places.lockKeys();
    return left.length === 0 || performance.now() > untilMs;
  });
  return left;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
