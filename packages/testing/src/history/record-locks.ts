/** Takes down everything that a `Redlock` does, so that a test need not record by hand what its app does with locks. */
import { type Lock, LockHandedOverError, type Redlock, type Routine } from "@quorate/redlock";

import type { LockHistory } from "./lock-history.ts";
import type { AttemptRecorder, HoldRecorder } from "./recorder.ts";

/** Reentrant calls are recorded as locks of their own: record those by hand. `holder`: its name in the history. */
export function recordLocks(redlock: Redlock, history: LockHistory, holder: string): void {
  const acquire = redlock.acquire.bind(redlock);
  const tryAcquire = redlock.tryAcquire.bind(redlock);
  const using = redlock.using.bind(redlock) as (...args: unknown[]) => Promise<unknown>;
  const adopt = redlock.adopt.bind(redlock);
  const held = new Map<Lock, HoldRecorder>();
  const keep = (lock: Lock, hold: HoldRecorder): HoldRecorder => {
    held.set(lock, hold);
    const release = lock.release.bind(lock);
    const end = (): void => void held.delete(lock);
    lock.signal.addEventListener("abort", () => {
      if (held.has(lock)) endOf(lock.signal.reason, hold);
      end();
    });
    lock.release = () => {
      if (held.has(lock)) hold.released();
      end();
      return release();
    };
    return hold;
  };
  async function take<Result extends Lock | null>(attempt: AttemptRecorder, taking: Promise<Result>): Promise<Result> {
    try {
      const lock = await taking;
      if (lock === null) attempt.refused("held");
      else keep(lock, attempt.granted(lock));
      return lock;
    } catch (error) {
      attempt.refused(reasonOf(error));
      throw error;
    }
  }

  redlock.on("extended", ({ resources }) => {
    for (const [lock, hold] of held) if (lock.resources.join() === resources.join()) hold.extended();
  });
  redlock.acquire = (resources, ...rest) => take(history.attempt(holder, resources), acquire(resources, ...rest));
  redlock.tryAcquire = (resources, ...rest) => take(history.attempt(holder, resources), tryAcquire(resources, ...rest));
  redlock.adopt = async (json, ...rest) => {
    const lock = await adopt(json, ...rest);
    keep(lock, history.adopted(holder, json.resources, lock));
    return lock;
  };
  const recordedUsing = async (...args: Parameters<Redlock["using"]>): Promise<unknown> => {
    const attempt = history.attempt(holder, args[0]);
    const routine = args.pop() as unknown as Routine<unknown>;
    let isGranted = false;
    const recorded: Routine<unknown> = async (signal, lock) => {
      isGranted = true;
      keep(lock, attempt.granted(lock));
      return await routine(signal, lock);
    };
    try {
      return await using(...args, recorded);
    } catch (error) {
      if (!isGranted) attempt.refused(reasonOf(error));
      throw error;
    }
  };
  redlock.using = recordedUsing as Redlock["using"];
}

/** A lock that was handed over goes on in whoever adopts it: its giver let it go of its own will. */
function endOf(reason: unknown, hold: HoldRecorder): void {
  if (reason instanceof LockHandedOverError) hold.released();
  else hold.lost();
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
