/** Takes down everything that a `Redlock` does, so that a test need not record by hand what its app does with locks. */
import { type AcquireOptions, type Lock, LockHandedOverError, type Redlock, type Routine } from "@quorate/redlock";

import type { LockHistory } from "./lock-history.ts";
import type { AskedBeside, AttemptRecorder, HoldRecorder } from "./recorder.ts";

/** Reentrant calls are recorded as locks of their own: record those by hand. `holder`: its name in the history. */
export function recordLocks(redlock: Redlock, history: LockHistory, holder: string): void {
  const acquire = redlock.acquire.bind(redlock);
  const tryAcquire = redlock.tryAcquire.bind(redlock);
  const using = redlock.using.bind(redlock) as (...args: unknown[]) => Promise<unknown>;
  const adopt = redlock.adopt.bind(redlock);
  const held = new Map<Lock, HoldRecorder>();
  const keep = (lock: Lock, hold: HoldRecorder): HoldRecorder => {
    held.set(lock, hold);
    const [release, share] = [lock.release.bind(lock), lock.share.bind(lock)];
    const end = (): void => void held.delete(lock);
    lock.signal.addEventListener("abort", () => {
      if (held.has(lock)) endOf(lock.signal.reason, hold);
      end();
    });
    lock.share = () => {
      if (held.has(lock)) hold.shared();
      return share();
    };
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
  redlock.acquire = (resources, ttlMs, options) =>
    take(history.attempt(holder, resources, askedIn(resources, options)), acquire(resources, ttlMs, options));
  redlock.tryAcquire = (resources, ttlMs, options) =>
    take(history.attempt(holder, resources, askedIn(resources, options)), tryAcquire(resources, ttlMs, options));
  redlock.adopt = async (json, ...rest) => {
    const lock = await adopt(json, ...rest);
    const shared = json.shared?.map((index) => json.resources[index]!);
    keep(lock, history.adopted(holder, json.resources, lock, shared && { shared }));
    return lock;
  };
  const recordedUsing = async (...args: Parameters<Redlock["using"]>): Promise<unknown> => {
    const routine = args.pop() as unknown as Routine<unknown>;
    const attempt = history.attempt(holder, args[0], askedIn(args[0], args[2]));
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

function askedIn(resources: string | readonly string[], options: AcquireOptions = {}): AskedBeside {
  const { shared = false, permits } = options;
  if (permits !== undefined) return { permits };
  if (shared === false) return {};
  return { shared: shared === true ? [resources].flat() : shared };
}

/** A lock that was handed over goes on in whoever adopts it: its giver let it go of its own will. */
function endOf(reason: unknown, hold: HoldRecorder): void {
  if (reason instanceof LockHandedOverError) hold.released();
  else hold.lost();
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
