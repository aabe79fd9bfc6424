/** What a process holds, for its own log, admin page or shutdown. */
import type { HeldLock } from "./held-lock.ts";

/** A lock that is held, at one moment. It has no token: its reader cannot release the lock. */
export interface HeldLockSnapshot {
  readonly resources: readonly string[];
  readonly label: string | undefined;
  /** `undefined` where fencing is off. */
  readonly fencingToken: number | undefined;
  readonly acquiredAt: Date;
  /** What is left of the validity, in milliseconds. */
  readonly remainingMs: number;
  /** Whether the library extends it. */
  readonly autoExtend: boolean;
}

export function snapshotOfHeld(heldLock: HeldLock): HeldLockSnapshot {
  const { request, label, fencingToken, acquiredAt } = heldLock;
  return Object.freeze({
    resources: request.resources,
    label,
    fencingToken,
    acquiredAt: new Date(acquiredAt.wallMs),
    remainingMs: heldLock.remainingMs(),
    autoExtend: heldLock.autoExtendCount > 0,
  });
}
