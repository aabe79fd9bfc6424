/**
 * One process of a torture: several callers that take locks with the real library over real sockets, keep them, extend
 * them, give them back, forget them or hand them over to another process. What it does is written to a file at once, so
 * that it is known also when it is killed in the next moment.
 */
import { openSync, writeSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { type AcquireOptions, type HandedOverLock, type Lock, Redlock, RedlockError } from "@quorate/redlock";

import { LockHistory } from "../history/lock-history.ts";
import { recordLocks } from "../history/record-locks.ts";
import { Prng } from "../sim/prng.ts";
import type { FromUser, ToUser, UserOrder } from "./order.ts";

const order = JSON.parse(process.argv[2] ?? "{}") as UserOrder;
const prng = new Prng(order.seed);
const file = openSync(order.eventFile, "a");
const history = new LockHistory({ name: order.name, onLine: (line) => void writeSync(file, `${line}\n`) });
const options = { restartGuardMs: order.restartGuardMs };
const redlock = Redlock.connect(order.urls, options);
/** Whose locks nobody else meets, where a control asks for that. */
const apart = order.apart && Redlock.connect(order.urls, { ...options, keyPrefix: `${order.name}:` });
const { modes = ["exclusive"], permits = 1 } = order;
const busy = new Set<Promise<void>>();
const finishing = new AbortController();

function tell(message: FromUser): void {
  if (process.connected) process.send?.(message);
}

function tellFault(what: string, error: unknown): void {
  tell({ fault: `${order.name}: ${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` });
}

/** Whatever is no error of the lock is a fault. */
async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RedlockError)) tellFault(what, error);
  }
}

function drawResources(): string[] {
  const all = [...order.resources];
  const count = prng.chance(0.3) ? prng.integer(2, Math.min(3, all.length)) : 1;
  return Array.from({ length: count }, () => all.splice(prng.integer(0, all.length - 1), 1)[0]!);
}

/** How a call would hold: alone, with other readers (of all its resources or of one), or with some of the permits. */
function drawWish(): { readonly resources: string[]; readonly beside: AcquireOptions; readonly by: Redlock } {
  const mode = prng.pick(modes);
  const by = mode === order.apart ? apart! : redlock;
  const resources = drawResources();
  if (mode === "exclusive") return { resources, beside: {}, by };
  if (mode === "shared") {
    const isAll = by !== redlock || prng.chance(0.5);
    return { resources, beside: { shared: isAll ? true : [prng.pick(resources)] }, by };
  }
  const weight = prng.chance(0.7) ? 1 : prng.integer(1, permits);
  return { resources: resources.slice(0, 1), beside: { permits, weight }, by };
}

async function call(ttlMs: number): Promise<void> {
  const { resources, beside, by } = drawWish();
  const autoExtend = prng.chance(0.5);
  const waitMs = prng.pick([0, 500, 3000]);
  if (prng.chance(0.2)) {
    await by.using(resources, ttlMs, { ...beside, waitMs }, (_, lock) => work(lock));
    return;
  }
  const lock = prng.chance(0.2)
    ? await by.tryAcquire(resources, ttlMs, { ...beside, autoExtend })
    : await by.acquire(resources, ttlMs, { ...beside, autoExtend, waitMs });
  if (lock === null) return;
  await work(lock);
  if (!autoExtend && prng.chance(0.05)) return;
  await lock.release();
}

/** Holds it for up to twice its TTL. */
async function work(lock: Lock): Promise<void> {
  let leftMs = prng.next() * prng.next() * 2 * lock.ttlMs;
  if (prng.chance(0.15)) giveAway(lock);
  while (leftMs > 0 && !finishing.signal.aborted && !lock.signal.aborted) {
    const stepMs = Math.min(leftMs, prng.between(5, lock.ttlMs / 2));
    await sleep(stepMs);
    leftMs -= stepMs;
    if (prng.chance(0.2) && lock.isHeld()) await attempt("extend", () => lock.extend());
    if (prng.chance(0.15) && lock.isHeld() && mayShare(lock)) await attempt("share", () => lock.share());
  }
}

function mayShare({ mode }: Lock): boolean {
  return mode !== "permits" && modes.includes("shared");
}

/** The giver goes on with its handle, which must say that it is over. */
function giveAway(lock: Lock): void {
  if (!lock.isHeld()) return;
  const handedOver = lock.handOver();
  tell({ handedOver });
  if (lock.isHeld()) tell({ fault: `${order.name}: a lock that was handed over says that it is held` });
}

async function receive(handedOver: HandedOverLock): Promise<void> {
  const lock = await redlock.adopt(handedOver, { autoExtend: prng.chance(0.5) });
  await sleep(prng.next() * lock.ttlMs);
  await lock.release();
}

async function liveAsCaller(): Promise<void> {
  const ttlMs = Math.round(prng.orderBetween(...order.ttlMs));
  while (!finishing.signal.aborted) {
    await attempt("a call", () => call(ttlMs));
    await sleep(prng.exponential(60));
  }
}

function begin(work: Promise<void>): void {
  busy.add(work);
  void work.finally(() => busy.delete(work));
}

async function finish(): Promise<void> {
  finishing.abort();
  while (busy.size > 0) await Promise.all(busy);
  await Promise.all([redlock.close(), apart?.close()]);
  tell({ finished: true });
  process.disconnect();
}

process.on("unhandledRejection", (error) => tellFault("an unhandled rejection", error));
process.on("uncaughtException", (error) => tellFault("an uncaught exception", error));
process.on("message", (message: ToUser) => {
  if ("adopt" in message) begin(attempt("an adoption", () => receive(message.adopt)));
  else void finish().catch((error: unknown) => tellFault("the end", error));
});
// The rig is gone, however it ended: nobody would end this process any more.
process.once("disconnect", () => process.exit(0));
for (const each of apart === undefined ? [redlock] : [redlock, apart]) {
  each.on("warning", () => undefined);
  recordLocks(each, history, order.name);
}
for (let caller = 0; caller < order.callerCount; caller += 1) begin(liveAsCaller());
