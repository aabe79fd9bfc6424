/** More handles of one lock. */
import { driftMs } from "../core/validity.ts";
import type { ResolvedCall } from "../options/resolve.ts";
import { extendLock } from "./extend.ts";
import type { HeldLock } from "./held-lock.ts";
import { endLock, heldLockOf, Lock } from "./lock.ts";

/** Whether any handle of the lock still holds it, be it another than this one. */
export function isHeldByAny(lock: Lock): boolean {
  return heldLockOf(lock).remainingMs() > 0;
}

/** Whether it holds a resource together with others who share it. */
export function isSharedBy(lock: Lock, resource: string): boolean {
  const terms = heldLockOf(lock).beside?.terms;
  return terms !== undefined && "shared" in terms && terms.shared.includes(lock.resources.indexOf(resource));
}

/**
 * One more handle of the same lock, with what its caller asked for: the lock is extended first where less than `ttlMs` is
 * left of it, and kept alive while a handle lives that wants that. The handle counts from the call on, so that the lock
 * cannot end between.
 */
export async function nestedLock(lock: Lock, { ttlMs, autoExtend }: ResolvedCall): Promise<Lock> {
  const heldLock = heldLockOf(lock);
  heldLock.handleCount++;
  if (autoExtend) heldLock.autoExtendCount++;
  const nested = new Lock(heldLock, autoExtend);
  try {
    // Not by less than before: its other handles rely on that.
    if (!lasts(heldLock, ttlMs)) await extendLock(heldLock, Math.max(ttlMs, heldLock.ttlMs));
    else if (autoExtend) heldLock.keepAlive.watch();
    return nested;
  } catch (error) {
    await endLock(nested);
    throw error;
  }
}

/**
 * Whether it is good for `ttlMs` from now on, as a lock is that was acquired for it just now; of one that is kept alive,
 * half of that must be left, for it never has more than an extension ago.
 */
function lasts(heldLock: HeldLock, ttlMs: number): boolean {
  if (ttlMs > heldLock.ttlMs) return false;
  const remainingMs = heldLock.remainingMs();
  const { driftFactor } = heldLock.set.options;
  return remainingMs >= (heldLock.autoExtendCount > 0 ? ttlMs / 2 : ttlMs - driftMs(ttlMs, driftFactor));
}
