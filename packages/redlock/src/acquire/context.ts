/** What all acquires of one `Redlock` share. */
import type { HeldLocks } from "../lock/held-locks.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { NodeSet } from "../round/nodes.ts";
import { Announcements } from "./announcements.ts";
import { LocalQueue } from "./local-queue.ts";

export class AcquireContext {
  readonly set: NodeSet;
  readonly heldLocks: HeldLocks;
  readonly localQueue: LocalQueue = new LocalQueue();
  readonly announcements: Announcements;
  /** The acquires that have not ended. */
  readonly underWay: Set<{ close(): void }> = new Set();
  /** Who follows a leader. */
  readonly followers: Set<{ close(): void }> = new Set();
  /** What was asked for last. */
  lastRequest: AcquireRequest | undefined;
  /** No more locks are taken. */
  isClosed = false;

  constructor(set: NodeSet, heldLocks: HeldLocks) {
    this.set = set;
    this.heldLocks = heldLocks;
    this.announcements = new Announcements(set.nodes, set.runtime);
  }

  /** Ends all waiting. */
  close(): void {
    this.isClosed = true;
    for (const waiting of [...this.underWay, ...this.followers]) waiting.close();
  }
}
