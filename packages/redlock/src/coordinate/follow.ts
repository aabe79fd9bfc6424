/**
 * Tells followers who leads. A follower asks the nodes, and asks again when it hears of a change: a release, or a
 * winner's notice. For the case that it hears nothing it asks when what it knows is over. What it knows is of a moment
 * ago: what counts is the term, checked by who is led.
 */
import { checkResource } from "../options/resources.ts";
import { labelOf } from "../core/token.ts";
import { closedError } from "../errors/explain-own.ts";
import { whenAborted } from "../runtime/abort.ts";
import { sleep } from "../runtime/sleep.ts";
import { inspectResource, type Inspection } from "../round/inspect.ts";
import { NOTICE } from "../node/operation.ts";
import type { AcquireContext } from "../acquire/context.ts";

/** Who leads, as a quorum of nodes tells. */
export interface Leader {
  /** What the leader calls itself: its option `label`. */
  readonly label: string | undefined;
  /** The term; it rises from leader to leader. */
  readonly fencingToken: number;
  /** For how long it leads if it does not extend its lock, in milliseconds, when the nodes were asked. */
  readonly remainingMs: number;
}

/** Options of `follow`. */
export interface FollowOptions {
  /** Ends it: the iteration throws `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** It asks at least so often, in milliseconds. */
const LONGEST_MS = 10_000;
/** While there is no leader, or too few nodes answer to tell. */
const VACANT_MS = 1_000;
/** Redis ends a key by whole milliseconds. */
const SLACK_MS = 5;

/** Checks its arguments at the call. Each change is yielded once, the state at the beginning too; `undefined`: no leader. */
export function follow(
  context: AcquireContext,
  name: string,
  { signal }: FollowOptions,
): AsyncIterable<Leader | undefined> {
  checkResource(name, context.set.options.keyPrefix);
  return changes(context, name, signal);
}

async function* changes(
  context: AcquireContext,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Leader | undefined, void, undefined> {
  const { set, announcements } = context;
  const throwIfOver = (): void => {
    signal?.throwIfAborted();
    if (context.isClosed) throw closedError([name]);
  };
  throwIfOver();
  await set.whenJoined();
  throwIfOver();
  const watch = announcements.watch([set.options.keyPrefix + name], NOTICE);
  let wake = (): void => {};
  const follower = { close: () => wake() };
  const unwatch = signal && whenAborted(signal, () => wake());
  context.followers.add(follower);
  let told: Leader | undefined;
  let [isFirst, endsAtMs] = [true, 0];
  try {
    for (;;) {
      watch.reset();
      const inspection = await inspectResource(set, name);
      throwIfOver();
      const nowMs = set.runtime.readClocks().monotonicMs;
      const leader = leaderOf(inspection, set.quorum);
      if (leader !== undefined) endsAtMs = nowMs + leader.remainingMs;
      // A view of before the last change, or none, changes nothing as long as the one that was told may lead.
      const isKnown = leader !== undefined || inspection.verdict === "free" || nowMs >= endsAtMs;
      const isOlder = leader !== undefined && told !== undefined && leader.fencingToken < told.fencingToken;
      if (isFirst || (isKnown && !isOlder && leader?.fencingToken !== told?.fencingToken)) {
        isFirst = false;
        told = leader;
        yield leader;
        throwIfOver();
      }
      const pause = sleep(set.runtime, pauseMs(leader));
      wake = () => pause.wake();
      watch.whenNoticed(wake);
      await pause.over;
      watch.ignore();
      throwIfOver();
    }
  } finally {
    context.followers.delete(follower);
    unwatch?.();
    watch.end();
  }
}

function pauseMs(leader: Leader | undefined): number {
  return leader === undefined ? VACANT_MS : Math.min(LONGEST_MS, leader.remainingMs + SLACK_MS);
}

/** The holder that a quorum shows, under the highest term that a quorum of the nodes has reached. */
function leaderOf({ token, nodes }: Inspection, quorum: number): Leader | undefined {
  if (token === undefined) return undefined;
  const holding = nodes.filter((node) => node.token === token);
  const terms = holding.map((node) => node.fencingToken ?? 0).toSorted((a, b) => b - a);
  const ends = holding.map((node) => node.remainingMs).toSorted((a, b) => b - a);
  const fencingToken = terms[quorum - 1]!;
  // Another library's lock has no term, and what a release keeps has no holder.
  if (fencingToken === 0 || labelOf(token) === undefined) return undefined;
  return { label: labelOf(token), fencingToken, remainingMs: ends[quorum - 1]! };
}
