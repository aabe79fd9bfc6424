/**
 * A lock that releases handed over: the waiter was told by a quorum of nodes, and asks nobody. It holds for the claim
 * that its place asked for; who works longer than a moment extends that to the TTL at once.
 */
import { BesideOthers } from "../lock/beside.ts";
import { HeldLock } from "../lock/held-lock.ts";
import type { LinePlace } from "../node/operation.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { Standing } from "../core/standing.ts";
import type { AcquireContext } from "./context.ts";

/** Long enough to hear of it and to extend; a receiver that does not run costs the others no more. */
const CLAIM_MS = 2_000;
/** Of a claim the margin, and the round that extends it, are at most this part each. */
const PARTS = 4;
/** A hold that is shorter than this is over before an extension would be of use. */
const SHORT_HOLD_MS = 10;

/** How long a hand-over holds. 0 for several resources, and for what is held beside others: then the waiter is only called. */
export function claimMsOf({ keys, call, hold }: AcquireRequest): number {
  if (keys.length > 1 || hold !== undefined) return 0;
  const { ttlMs, safetyMarginMs, nodeTimeoutMs } = call;
  return Math.ceil(Math.min(ttlMs, Math.max(CLAIM_MS, PARTS * Math.max(safetyMarginMs, nodeTimeoutMs))));
}

/**
 * How much of a hand-over must be left: the margin, and a round, or what is far away would not be extended in time. With less
 * the waiter asks, for the whole TTL.
 */
export function leastLeftMs(request: AcquireRequest): number {
  const { ttlMs, safetyMarginMs, nodeTimeoutMs } = request.call;
  return claimMsOf(request) < ttlMs ? safetyMarginMs + nodeTimeoutMs : safetyMarginMs;
}

/** The lock, where a quorum has given it; `undefined` when the waiter has to ask. */
export function claimLock(
  { set, heldLocks }: AcquireContext,
  request: AcquireRequest,
  standing: Standing,
  place: LinePlace,
): HeldLock | undefined {
  // Whether the nodes are independent is proved by a round that all of them answer.
  if (!set.independence.isProved || set.independence.refusal(set.quorum) !== undefined) return undefined;
  const now = set.runtime.readClocks();
  const fence = standing.wonFence(now, leastLeftMs(request));
  if (fence === undefined) return undefined;
  set.fences.note(fence);
  const { token, claimMs } = standing.terms;
  const holding = standing.holding(fence, now);
  const beside = request.hold && BesideOthers.won(request.hold);
  const heldLock = new HeldLock(set, heldLocks, request, { token, fence, place, standing, beside }, holding, now);
  if (claimMs === request.call.ttlMs) heldLock.keepAlive.watch();
  else heldLock.keepAlive.watchClaim(heldLocks.lastHoldMs < SHORT_HOLD_MS ? SHORT_HOLD_MS : 0);
  return heldLock;
}
