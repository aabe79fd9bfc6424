/** A lock as node-redlock hands it out: plain data, good for one period; `extend` gives the next one. */
import type { ExecutionResult, ExecutionStats } from "./stats.ts";

/** The `Redlock` that a lock is released and extended by. */
export interface LockOwner {
  release(lock: Lock): Promise<ExecutionResult>;
  extend(lock: Lock, duration: number): Promise<Lock>;
}

/** May also be made by hand, from a value that another process stored: `release` and `extend` work on it. */
export class Lock {
  readonly redlock: LockOwner;
  readonly resources: string[];
  /** What the lock keys hold: 32 hex characters, unless made by hand. */
  readonly value: string;
  readonly attempts: readonly Promise<ExecutionStats>[];
  /** Until when it can be relied on, in milliseconds since 1970; 0 once it was released or extended. */
  expiration: number;
  /** Set only with the setting `fencing`: greater than that of every earlier holder. */
  declare readonly fencingToken?: number;

  constructor(
    redlock: LockOwner,
    resources: string[],
    value: string,
    attempts: readonly Promise<ExecutionStats>[],
    expiration: number,
  ) {
    this.redlock = redlock;
    this.resources = resources;
    this.value = value;
    this.attempts = attempts;
    this.expiration = expiration;
  }

  /** As `redlock.release(lock)`. */
  release(): Promise<ExecutionResult> {
    return this.redlock.release(this);
  }

  /** As `redlock.extend(lock, duration)`: resolves with a new lock; this one is over. */
  extend(duration: number): Promise<Lock> {
    return this.redlock.extend(this, duration);
  }
}
