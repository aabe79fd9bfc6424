/** From exclusive to shared: without a moment in between in which a writer could hold a quorum. */
import { extendLock } from "./extend.ts";
import type { HeldLock } from "./held-lock.ts";
import { BesideOthers, type Terms } from "./beside.ts";

/**
 * The holder counts as a reader from here on, before any reply: a node that has heard of it lets readers in. Rejects as
 * `extendLock`; a node that has not heard is asked again with the next extension.
 */
export async function shareLock(heldLock: HeldLock): Promise<void> {
  const { request, fence, beside } = heldLock;
  if (heldLock.remainingMs() === 0) throw heldLock.told.error();
  if (beside?.mode === "permits")
    throw new RangeError("share() is for an exclusive lock: permits exclude those who share.");
  if (fence === 0) throw new RangeError("share() needs fencing: readers are told from writers by it.");
  const keyCount = request.keys.length;
  if (coversAll(beside?.terms, keyCount)) return;
  (heldLock.beside ??= new BesideOthers({ shared: [] })).share(keyCount);
  heldLock.onShared?.();
  await extendLock(heldLock, heldLock.ttlMs);
}

/** Whether every one of its keys is shared already. */
function coversAll(terms: Terms | undefined, keyCount: number): boolean {
  return terms !== undefined && "shared" in terms && terms.shared.length === keyCount;
}
