/** The end of a lock that another process goes on with. */
import type { HeldLock } from "./held-lock.ts";
import type { HandedOverLock } from "./lock-json.ts";

/** Ends the lock here, and leaves its keys to its adopter: from here on nothing more is sent for it. */
export function handOver(heldLock: HeldLock): HandedOverLock {
  const { set, request, acquiredAt, token, fencingToken, ttlMs, rank, beside } = heldLock;
  const { resources } = request;
  heldLock.end("handed-over");
  const heldMs = set.runtime.readClocks().monotonicMs - acquiredAt.monotonicMs;
  set.reporter.report("handedOver", () => ({ resources, fencingToken, heldMs }));
  heldLock.told.tell();
  heldLock.onEnd?.();
  return {
    version: beside === undefined ? 1 : 2,
    resources,
    token,
    fencingToken: fencingToken ?? null,
    ttlMs,
    ...beside?.terms,
    ...(rank !== undefined && { rank: { ticket: rank.ticket, waiter: rank.waiter } }),
  };
}
