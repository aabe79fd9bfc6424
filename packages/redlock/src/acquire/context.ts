/** What all acquires of one `Redlock` share. */
import { HeldLocks } from "../lock/held-locks.ts";
import { closeLock } from "../lock/release.ts";
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
  /** Who follows a leader, or pauses until the nodes are ready. */
  readonly followers: Set<{ close(): void }> = new Set();
  /** What was asked for last. */
  lastRequest: AcquireRequest | undefined;
  /** No more locks are taken. */
  isClosed = false;

  constructor(set: NodeSet) {
    this.set = set;
    this.heldLocks = new HeldLocks(set.runtime);
    this.announcements = new Announcements(set.nodes, set.runtime);
  }

  /** Ends all waiting, releases what is held, and stops using the nodes. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const waiting of [...this.underWay, ...this.followers]) waiting.close();
    const { all } = this.heldLocks;
    // Again, for a lock that was adopted meanwhile.
    while (all.size > 0) await Promise.allSettled([...all].map((heldLock) => closeLock(heldLock)));
    this.heldLocks.stop();
    this.announcements.close();
    await this.set.close();
  }
}
