/**
 * One process of a soak: callers that contend for locks, hold them with `autoExtend` for up to a minute, and give them
 * back. It tells what it needs, and at the end what is left. Run with --expose-gc.
 */
import { getEventListeners } from "node:events";
import { openSync, writeSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { type Lock, Redlock, RedlockError } from "@quorate/redlock";
import { Redis } from "ioredis";

import { LockHistory } from "../history/lock-history.ts";
import { recordLocks } from "../history/record-locks.ts";
import { Prng } from "../sim/prng.ts";
import type { UserOrder } from "../torture/order.ts";
import { LatenessGauge } from "./lateness.ts";
import type { FromSoaker, ToSoaker } from "./messages.ts";

const HELD_MS = [50, 60_000] as const;
const PAUSE_MS = 300;

const order = JSON.parse(process.argv[2] ?? "{}") as UserOrder;
const prng = new Prng(order.seed);
const file = openSync(order.eventFile, "a");
const history = new LockHistory({
  name: order.name,
  onLine: (line) => void writeSync(file, `${line}\n`),
  keepsEvents: false,
});
const gauge = new LatenessGauge();
const clients = order.urls.map((url) => {
  const client = new Redis(url, {
    connectTimeout: 1_000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => prng.between(200, 1_000),
  });
  return client.on("error", () => undefined);
});
const redlock = new Redlock(clients, { restartGuardMs: order.restartGuardMs }, gauge.runtime);
const finishing = new AbortController();
/** Of the control: locks, each with what was read under it. */
const leaked: { readonly lock: Lock; readonly read: readonly number[] }[] = [];
const READ_LENGTH = 32_768;

function tell(message: FromSoaker): void {
  if (process.connected) process.send?.(message);
}

function tellFault(what: string, error: unknown): void {
  tell({ fault: `${order.name}: ${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` });
}

async function call(ttlMs: number): Promise<void> {
  const lock = await redlock.acquire(prng.pick(order.resources), ttlMs, {
    autoExtend: true,
    waitMs: prng.pick([0, 1_000, 20_000]),
    signal: finishing.signal,
  });
  await keep(lock, Math.min(prng.orderBetween(...HELD_MS), prng.orderBetween(...HELD_MS)));
  await lock.release();
}

/** For so long, or until it is lost, or all is over. Without AbortSignal.any, which some releases of Node leak through. */
async function keep(lock: Lock, heldMs: number): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  finishing.signal.addEventListener("abort", end);
  lock.signal.addEventListener("abort", end);
  if (finishing.signal.aborted || lock.signal.aborted) end();
  await sleep(heldMs, undefined, { signal: ending.signal }).catch(() => undefined);
  finishing.signal.removeEventListener("abort", end);
  lock.signal.removeEventListener("abort", end);
}

async function leak(ttlMs: number): Promise<void> {
  const lock = await redlock.acquire(`leaked by ${order.name}: ${leaked.length}`, ttlMs, { autoExtend: true });
  leaked.push({ lock, read: Array.from({ length: READ_LENGTH }, () => prng.next()) });
}

async function liveAsCaller(): Promise<void> {
  const ttlMs = Math.round(prng.orderBetween(...order.ttlMs));
  while (!finishing.signal.aborted) {
    try {
      await (order.isLeaking === true ? leak(ttlMs) : call(ttlMs));
    } catch (error) {
      if (!(error instanceof RedlockError) && !finishing.signal.aborted) tellFault("a call", error);
    }
    await sleep(prng.exponential(PAUSE_MS), undefined, { signal: finishing.signal }).catch(() => undefined);
  }
}

function sample(): void {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const figures: Record<string, number> = { rss, heap: heapUsed, listeners: listenerCount() };
  for (const kind of process.getActiveResourcesInfo()) figures[kind] = (figures[kind] ?? 0) + 1;
  tell({ sampled: { figures, lateMs: gauge.take() } });
}

function listenerCount(): number {
  const counts = [process, redlock, ...clients].map((emitter) =>
    emitter.eventNames().reduce((count, name) => count + emitter.listenerCount(name as never), 0),
  );
  return counts.reduce((sum, count) => sum + count, getEventListeners(finishing.signal, "abort").length);
}

async function finish(): Promise<void> {
  finishing.abort();
  await Promise.all(callers);
  await redlock.close();
  for (const client of clients) client.disconnect();
  // Sockets are gone a moment after they were closed. The channel to the rig is a pipe.
  const active = (): string[] => process.getActiveResourcesInfo().filter((kind) => kind !== "PipeWrap");
  for (let turn = 0; turn < 100 && active().length > 0; turn += 1) {
    await new Promise<void>((resolve) => void setTimeout(resolve, 20).unref());
  }
  tell({ left: active() });
  process.disconnect();
}

process.on("unhandledRejection", (error) => tellFault("an unhandled rejection", error));
process.on("uncaughtException", (error) => tellFault("an uncaught exception", error));
process.on("message", (message: ToSoaker) => {
  if ("sample" in message) sample();
  else void finish().catch((error: unknown) => tellFault("the end", error));
});
redlock.on("warning", () => undefined);
recordLocks(redlock, history, order.name);
const callers = Array.from({ length: order.callerCount }, () => liveAsCaller());
