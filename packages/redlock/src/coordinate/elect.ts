/**
 * One leader among many candidates: the lock, asked for without end, and a routine that runs for as long as this process
 * leads. Not consensus: a leader that is paused past its lock acts once more, and only the term, checked by who is led,
 * tells it from its successor.
 */
import { checkRoutine } from "../options/check.ts";
import { splitOptions } from "../options/coordinate.ts";
import type { AcquireOptions } from "../options/options.ts";
import { LockHandedOverError } from "../errors/errors.ts";
import type { Lock } from "../lock/lock.ts";
import type { Routine } from "../lock/routine.ts";
import type { Calling } from "../acquire/calling.ts";
import type { AcquireRequest } from "../options/resolve.ts";

/** Options of `elect`. It campaigns until its signal aborts, and needs fencing: the term is the fencing token. */
export interface ElectOptions extends Omit<AcquireOptions, "waitMs" | "reentrant" | "fencing"> {
  /**
   * Whether to campaign again after a loss, once the routine has settled. `false`: `elect` then rejects with
   * `LockLostError`, for processes that end.
   * @default true
   */
  readonly rejoin?: boolean | undefined;
}

export async function elect<Result>(
  calling: Calling,
  name: string,
  ttlMs: number,
  options: ElectOptions | undefined,
  routine: Routine<Result>,
): Promise<Result> {
  const { rejoin, rest } = splitOptions("elect", options, { rejoin: true });
  checkRoutine(routine, undefined, "elect");
  for (;;) {
    const request = calling.request("elect", name, ttlMs, { ...rest, ...CAMPAIGN }, true);
    const term = await lead(calling, await calling.acquire(request), request, routine);
    if (!term.isLost) return term.end();
    if (!rejoin) throw term.reason;
  }
}

/** Who leads stands at the head of nothing else: it waits without end, and never shares its lock with itself. */
const CAMPAIGN = { waitMs: Infinity, reentrant: false, fencing: true } as const;

interface Term<Result> {
  /** Whether the leader had lost its lock when the routine ended. */
  readonly isLost: boolean;
  readonly reason: unknown;
  /** The routine's own end. */
  end(): Result;
}

/** From the win to the end of the routine, and the resignation. Two routines of one `elect` never run at once. */
async function lead<Result>(
  calling: Calling,
  lock: Lock,
  request: AcquireRequest,
  routine: Routine<Result>,
): Promise<Term<Result>> {
  const { set } = calling.context;
  set.nodes.forEach((node, index) => node.send({ kind: "notice", keys: request.keys }, NOBODY, index));
  const unwatch = warnOfDeaf(calling, lock, request);
  let isLost = false;
  let end: () => Result;
  const noted: Routine<Result> = async (signal, held) => {
    try {
      return await routine(signal, held);
    } finally {
      isLost = !held.isHeld() && !(held.signal.reason instanceof LockHandedOverError);
    }
  };
  try {
    const result = await calling.run(lock, request, noted);
    end = () => result;
  } catch (error) {
    end = () => {
      throw error;
    };
  } finally {
    unwatch();
  }
  return { isLost, reason: lock.signal.reason, end };
}

/** A routine that goes on after the loss of its lock, when another may lead, is told of: nothing can stop it. */
function warnOfDeaf({ context }: Calling, lock: Lock, { resources, call }: AcquireRequest): () => void {
  const { runtime, reporter } = context.set;
  let isOver = false;
  const message =
    `The routine of elect(${JSON.stringify(resources[0])}) still runs, ${call.safetyMarginMs} ms after its lock was ` +
    `lost: another may lead. It must end when its signal aborts; until then this process does not campaign again.`;
  lock.signal.addEventListener("abort", () => {
    const timer = runtime.startTimer(call.safetyMarginMs, () => {
      if (!isOver) reporter.warn("LEADER_DEAF", message);
    });
    timer.keepProcessAlive(false);
  });
  return () => {
    isOver = true;
  };
}

const NOBODY = { receive() {}, abandoned: false };
