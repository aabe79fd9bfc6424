/**
 * What a node can be asked to do, as data: the same object is sent to every node of a round, encoded once, sent along
 * with others in one script call, replayed by a simulator.
 *
 * Each operation is atomic on its node. `keys` are lock keys (prefix included), in the caller's order, without
 * duplicates. `fence` is the proposed fencing token T, an integer below 2^53; 0 means fencing is off, and then no
 * fence key is read or written.
 */

interface LockOperation {
  readonly keys: readonly string[];
  readonly token: string;
  readonly fence: number;
  /** Which of `keys` are held together with others who share them; the others are exclusive. Needs fencing. */
  readonly shared?: readonly number[];
}

/** Of an acquire of permits: `weight` of the numbers below `of`, the first that are free from `start` on, around. */
export interface PermitsTerms {
  readonly of: number;
  readonly weight: number;
  readonly start: number;
}

/**
 * Set every lock key to `token` for `ttlMs`, and every fence to T for `ttlMs + fenceRetentionMs`; or change nothing.
 *
 * - held: some lock key holds another token, or is free for another waiter who is before us in line.
 * - stale: some fence >= T, or T was buried. Keys that all hold `token` already are granted again (a life is never
 *   shortened) unless their fence is above T, as when they were handed over under a higher one.
 * - an error: T lies more than a day ahead of the node's own clock; a lock key is not a string.
 */
export interface AcquireOperation extends LockOperation {
  readonly kind: "acquire";
  readonly ttlMs: number;
  readonly fenceRetentionMs: number;
  /** The waiter's rank in the nodes' lines; without it the acquire comes behind everybody. */
  readonly place?: LinePlace | undefined;
  /** Of one key. Needs fencing. */
  readonly permits?: PermitsTerms;
}

/** Who waits, and since when: the rank in a line. All nodes sort it the same way, by ticket, then by waiter. */
export interface LineRank {
  /** When the waiter came, in µs; of at most 16 digits. 0: it has no rank, and asks for the node's clock. */
  readonly ticket: number;
  /** "<process>.<number>", unique in the fleet, without spaces: whom a node calls when it is this waiter's turn. */
  readonly waiter: string;
}

/**
 * A waiter's place in the line that each node keeps for a resource while callers wait: an acquire that the node runs
 * when the holder's release makes it this one's turn. A free resource is granted to the first in line only. Needs fencing.
 */
export interface LinePlace extends LineRank {
  /**
   * How long the place is kept unless the waiter asks again, in milliseconds: a dead waiter blocks the others for no longer. 0:
   * it takes no place, and only comes before those with a later ticket.
   */
  readonly keepMs: number;
  /** Which send of this acquire it is; told with the grant, so that the waiter knows from when it may count. */
  readonly number: number;
  /** For how long a release hands the key over, in milliseconds; 0: it is only called. */
  readonly claimMs: number;
  /** How it would hold, where it is only called: "s" shared, "s<index>/..." some of the keys shared, "p<weight>/<of>" permits. */
  readonly how?: string | undefined;
}

/**
 * Acquire on a node that lost the keys of a lock that is held elsewhere: as acquire, but a fence equal to T is the
 * lock's own and does not refuse.
 */
export interface HealOperation extends LockOperation {
  readonly kind: "heal";
  readonly ttlMs: number;
  readonly fenceRetentionMs: number;
  /** Of permits: exactly these numbers; others of this token are given up. */
  readonly slots?: readonly number[];
}

/**
 * If every lock key holds `token`: let each live at least `ttlMs` more, and the fences `fenceRetentionMs` longer than
 * that. Only PEXPIRE is used, so that it works on a node that is out of memory. A life is never
 * shortened: a late extend must not cut what a later one gave.
 *
 * - lost: some lock key does not hold `token`.
 */
export interface ExtendOperation extends LockOperation {
  readonly kind: "extend";
  readonly ttlMs: number;
  readonly fenceRetentionMs: number;
  /** Of permits: where the token has others than these, it is lost. */
  readonly slots?: readonly number[];
}

/**
 * Share what is held exclusively: where a key holds `token`, it is shared from then on, for at least `ttlMs`; where the token
 * shares it already, as extend. Readers who wait are called.
 *
 * - lost: some lock key is neither.
 */
export interface ShareOperation extends LockOperation {
  readonly kind: "share";
  readonly ttlMs: number;
  readonly fenceRetentionMs: number;
}

/**
 * End a token: delete the lock keys that hold it, and hand each over to the first in line: its key is set to that
 * waiter's token for its claim, under the T of its acquire or the next one after ours, whichever is higher. With
 * `announce` all waiters are called where the line is empty. Always granted, with the number of keys deleted.
 *
 * With `bury`, or for a resource whose lock key did not hold `token`, T is buried: neither a late acquire nor a late heal
 * of this attempt can live again on this node.
 */
export interface ReleaseOperation extends LockOperation {
  readonly kind: "release";
  readonly bury: boolean;
  /** Whether to call all waiters when the line is empty: for a lock that was held, not for a lost round. */
  readonly announce: boolean;
  /** How long a tombstone is kept, in milliseconds. */
  readonly buryMs: number;
  /**
   * What is ours is kept for so long, in milliseconds, and not deleted: it holds "kept <T>", which nothing extends and no
   * holder releases. Answered with the number of keys kept.
   */
  readonly keepMs?: number | undefined;
  /** Whose places end in the lines of the resources; a key that is free there is handed over as after a release. */
  readonly leaves?: LineRank | undefined;
  /** Of permits; none where it is not known which numbers the node gave. */
  readonly slots?: readonly number[];
}

/** Answer the holder, remaining life, fence and number of waiters of each lock key; changes nothing. */
export interface InspectOperation {
  readonly kind: "inspect";
  readonly keys: readonly string[];
}

/** Tells the followers of these locks that they have a new holder; changes nothing in the node. */
export interface NoticeOperation {
  readonly kind: "notice";
  readonly keys: readonly string[];
}

/** Whom a notice calls, on the channel of everybody: no waiter has that name. */
export const NOTICE = "*";

/** Discriminated by `kind`. */
export type Operation =
  | AcquireOperation
  | HealOperation
  | ExtendOperation
  | ShareOperation
  | ReleaseOperation
  | InspectOperation
  | NoticeOperation;
