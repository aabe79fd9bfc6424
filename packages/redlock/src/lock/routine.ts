/** A routine under a lock that was won. */
import type { AcquireOptions } from "../options/options.ts";
import { EitherSignal } from "../runtime/abort.ts";
import { endLock, type Lock } from "./lock.ts";
import type { Reentrancy } from "./reentrancy.ts";

/** What `using` runs under the lock. `signal` aborts when the lock is lost, or with the caller's own signal. */
export type Routine<Result> = (signal: AbortSignal, lock: Lock) => Result | Promise<Result>;

/** What `using` takes after the TTL. */
export type UsingRest<Result> = [Routine<Result>] | [AcquireOptions | undefined, Routine<Result>];

/**
 * Settles as the routine does, after the release. `owner`: where the routine's own calls may share the lock.
 *
 * Not `await using`: that throws, with the lock taken, where a realm has no Symbol.asyncDispose.
 */
export async function runUnder<Result>(
  lock: Lock,
  routine: Routine<Result>,
  callerSignal: AbortSignal | undefined,
  owner: Reentrancy | undefined,
): Promise<Result> {
  let either: EitherSignal | undefined;
  try {
    either = callerSignal && new EitherSignal([lock.signal, callerSignal]);
    const signal = either?.signal ?? lock.signal;
    if (owner === undefined) return await routine(signal, lock);
    return await owner.run(lock, () => routine(signal, lock));
  } finally {
    either?.end();
    await endLock(lock);
  }
}
