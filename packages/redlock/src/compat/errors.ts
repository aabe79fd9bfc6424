/**
 * node-redlock's errors: same names, same texts, so that a program which looks at them finds what was there. Their
 * `message` is an own, enumerable property: `JSON.stringify` and structured loggers show it.
 */
import type { ExecutionStats } from "./stats.ts";

/** An operation that no try brought to a quorum. `cause`, where it is set, says what each node answered. */
export class ExecutionError extends Error {
  override readonly message: string;
  /**
   * Of every try, the votes for and against; each settles when all nodes have voted or are not waited for any more. Of
   * more than 100 tries only the last 100 are kept.
   */
  readonly attempts: readonly Promise<ExecutionStats>[];

  constructor(message: string, attempts: readonly Promise<ExecutionStats>[], cause?: unknown) {
    super(undefined, cause === undefined ? undefined : { cause });
    this.message = message;
    this.attempts = attempts;
    this.name = "ExecutionError";
  }
}

/** One node's vote against: there, a resource is held by another value, or not held by ours. */
export class ResourceLockedError extends Error {
  override readonly message: string;

  constructor(message: string) {
    super();
    this.message = message;
    this.name = "ResourceLockedError";
  }
}

export const noQuorum = "The operation was unable to achieve a quorum during its retry window.";
export const alreadyExpired = "Cannot extend an already-expired lock.";
