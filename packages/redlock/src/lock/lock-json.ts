/** A lock as plain data: for its adopter, for logs, for what a process holds. */
import type { LineRank } from "../node/operation.ts";
import type { LockMode } from "../core/vote.ts";
import type { HeldLock } from "./held-lock.ts";
import type { LockState } from "./won-operation.ts";

/**
 * What `lock.handOver()` gives and `Redlock#adopt` takes: plain JSON. Its owner can adopt the lock and release it, so
 * it is a secret, for one receiver. `version` rises when a field changes its meaning; `adopt` refuses those that it does
 * not know.
 */
export interface HandedOverLock {
  /** 2 of a lock that is held beside others. */
  readonly version: 1 | 2;
  readonly resources: readonly string[];
  readonly token: string;
  /** `null` when fencing is off. */
  readonly fencingToken: number | null;
  /** What the first handle last asked for; the adopting round asks for the same. */
  readonly ttlMs: number;
  /** Of a lock that was waited for: the places that its release has to end. */
  readonly rank?: LineRank;
  /** Which of the resources are shared. */
  readonly shared?: readonly number[];
  /** Of permits, which. */
  readonly slots?: readonly number[];
}

/** What a log shows of a lock: nothing that could release it. */
export interface LockJson {
  readonly resources: readonly string[];
  readonly state: LockState;
  /** `null` when fencing is off. */
  readonly fencingToken: number | null;
  /** What is left of the validity, in whole milliseconds; 0 once the lock has ended. */
  readonly remainingMs: number;
  /** Of a lock that is held beside others. */
  readonly mode?: LockMode;
  /** Of permits, which. */
  readonly permits?: readonly number[];
}

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
