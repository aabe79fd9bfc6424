/**
 * A program for @sesamecare-oss/redlock, with what it has beyond node-redlock: the class by name, `db`, the context of
 * `using`, when the last try began. Compiled and run as the other one: see ../program.test.ts.
 */
import type { Cluster, Redis } from "ioredis";
import {
  ExecutionError,
  Redlock,
  type Lock,
  type RedlockAbortSignal,
  type RedlockUsingContext,
} from "@sesamecare-oss/redlock";

/** The value at first, after an extension, and how many there were. */
async function routine(signal: RedlockAbortSignal, context: RedlockUsingContext): Promise<readonly unknown[]> {
  const first: Lock = context.lock;
  while (context.extensions === 0 && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
  const { lock, extensions } = context;
  return [first === lock, first.value === lock.value, lock.expiration > first.expiration, extensions];
}

/** Runs all of it on clients of its own, which it ends. */
export async function run(clients: (Redis | Cluster)[]): Promise<Record<string, unknown>> {
  const redlock = new Redlock(clients, { db: 0, retryCount: 0, automaticExtensionThreshold: 400 });
  const beganMs = Date.now();
  const lock = await redlock.acquire(["a"], 5_000);
  const refusal: unknown = await redlock.acquire(["a"], 5_000).catch((error: unknown) => error);
  const { attempts, start } = await lock.release();
  const extended = await redlock.using(["a"], 600, routine);
  await redlock.quit();
  return {
    isRefused: refusal instanceof ExecutionError,
    tryCount: attempts.length,
    isStartTold: Number.isInteger(start) && Number(start) >= beganMs,
    extended,
  };
}
