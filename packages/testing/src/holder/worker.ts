/**
 * The process of a holder: takes a lock with the real library and tells of it, line by line and synchronously, so that
 * what it told before it was killed arrives.
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";

import { type Lock, Redlock } from "@quorate/redlock";

import { LockHistory } from "../history/lock-history.ts";
import { recordLocks } from "../history/record-locks.ts";
import type { HolderLine, HolderOrder } from "./line.ts";

const order = JSON.parse(process.argv[2] ?? "{}") as HolderOrder;

function tell(line: HolderLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function hold(): Promise<void> {
  const { name, urls, restartGuardMs, nodeTimeoutMs } = order;
  const redlock = Redlock.connect(urls, { restartGuardMs, nodeTimeoutMs });
  redlock.on("warning", () => {});
  const history = new LockHistory({ onLine: (line) => tell({ event: JSON.parse(line) }) });
  recordLocks(redlock, history, name);
  const lock = await take(redlock);
  const look = (): void => {
    // isHeld() first: what it says must not depend on a timer having had its turn.
    const [isHeld, remainingMs] = [lock.isHeld(), lock.remainingMs()];
    const { token, fencingToken, permits } = lock;
    tell({ view: { isHeld, remainingMs, isAborted: lock.signal.aborted, token, fencingToken, permits } });
  };
  look();
  createInterface(process.stdin).on("line", (word) => {
    if (word === "look") look();
    else void end(redlock, lock.release());
  });
}

function take(redlock: Redlock): Promise<Lock> {
  const { resources, ttlMs, autoExtend, waitMs, hold: how } = order;
  if (how === undefined || !("elect" in how)) return redlock.acquire(resources, ttlMs, { autoExtend, waitMs, ...how });
  return new Promise((resolve, reject) => {
    const lead = (_signal: AbortSignal, lock: Lock): Promise<never> => {
      resolve(lock);
      return new Promise(() => {});
    };
    redlock.elect(resources[0]!, ttlMs, undefined, lead).catch(reject);
  });
}

async function end(redlock: Redlock, releasing: Promise<string>): Promise<void> {
  tell({ released: await releasing.catch(String) });
  await redlock.close();
  process.exit(0);
}

await hold().catch((error: unknown) => {
  tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.exit(1);
});
