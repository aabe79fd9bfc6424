/** node-redlock's errors: same names, same texts, so that whoever looks at them finds what was there. */
import type { ExecutionStats } from "./ballot.ts";

/** An operation that no try brought to a quorum. `cause`, where it is set, says what each node answered. */
export class ExecutionError extends Error {
  /** Of every try, who voted how; each settles when all nodes have voted or are not waited for any more. */
  readonly attempts: readonly Promise<ExecutionStats>[];

  constructor(message: string, attempts: readonly Promise<ExecutionStats>[], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ExecutionError";
    this.attempts = attempts;
  }
}

/** One node's vote against: there, a resource is held by another value, or not held by ours. */
export class ResourceLockedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ResourceLockedError";
  }
}

export const noQuorum = "The operation was unable to achieve a quorum during its retry window.";
export const alreadyExpired = "Cannot extend an already-expired lock.";
