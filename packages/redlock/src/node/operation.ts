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
}

/**
 * Set every lock key to `token` for `ttlMs`, and every fence to T for `ttlMs + fenceRetentionMs`; or change nothing.
 *
 * - held: some lock key holds another token.
 * - stale: some fence >= T, unless every lock key already holds `token` (a repeat of the same acquire, which is
 *   granted again and never shortens a key's life).
 * - an error: T lies more than a day ahead of the node's own clock; a lock key is not a string.
 */
export interface AcquireOperation extends LockOperation {
  readonly kind: "acquire";
  readonly ttlMs: number;
  readonly fenceRetentionMs: number;
  /** Where to stand in the node's line when a resource is held; without it the acquire does not wait there. */
  readonly place?: LinePlace | undefined;
}

/**
 * A waiter's place in the line that each node keeps for a resource while somebody waits. All nodes sort it the same
 * way: by ticket, then by waiter. A free resource is granted to the first in line only. Needs fencing.
 */
export interface LinePlace {
  /** When the waiter came, in µs, from the same hybrid clock as fencing tokens; of at most 16 digits. */
  readonly ticket: number;
  /** "<process>.<number>", unique in the fleet, without spaces: whom a node calls when it is this waiter's turn. */
  readonly waiter: string;
  /** How long the place is kept unless the waiter asks again, in milliseconds: a dead waiter blocks nobody for longer. */
  readonly keepMs: number;
}

/**
 * Acquire on a node that lost the keys of a lock that is held elsewhere: as acquire, but a fence equal to T is the
 * lock's own and does not refuse.
 */
export interface HealOperation extends LockOperation {
  readonly kind: "heal";
  readonly ttlMs: number;
  readonly fenceRetentionMs: number;
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
}

/**
 * Delete the lock keys that hold `token`, and publish on each one's release channel: for the first waiter in
 * line, or with `announce` for everybody when nobody stands in line. Always granted, with the number of keys deleted.
 *
 * With `bury`, or for a resource whose lock key did not hold `token`, the fence is raised to at least T + 1 (the tombstone): neither
 * a late acquire nor a late heal of this attempt can live again on this node.
 */
export interface ReleaseOperation extends LockOperation {
  readonly kind: "release";
  readonly bury: boolean;
  /** Whether to call everybody when nobody stands in line: for a lock that was held, not for a lost round. */
  readonly announce: boolean;
  /** How long a tombstone is kept, in milliseconds. */
  readonly buryMs: number;
  /** Where the holder goes back in line: a grant had ended its place there, but the round was lost. */
  readonly place?: LinePlace | undefined;
}

/** End a waiter's places in the lines of the resources, and call the next one where a resource is free. */
export interface LeaveOperation {
  readonly kind: "leave";
  readonly keys: readonly string[];
  readonly waiter: string;
}

/** Answer the holder, remaining life, fence and number of waiters of each lock key; changes nothing. */
export interface InspectOperation {
  readonly kind: "inspect";
  readonly keys: readonly string[];
}

/** Discriminated by `kind`. */
export type Operation =
  | AcquireOperation
  | HealOperation
  | ExtendOperation
  | ReleaseOperation
  | LeaveOperation
  | InspectOperation;

/**
 * The key that holds a resource's highest fencing token. It hashes to the same Redis Cluster slot as the lock key.
 */
export function fenceKey(lockKey: string): string {
  return hasHashTag(lockKey) ? `${lockKey}:fence` : `{${lockKey}}:fence`;
}

/**
 * The channel on which each node announces that a lock key was released: "<waiter> <T>", with the waiter whose turn it
 * is, or "" for everybody, and the fencing token that the next one has to pass (0 when fencing is off). Who is called
 * by name is called on the channel of its `process`, what stands before the "." in its name.
 */
export function releaseChannel(lockKey: string, process?: string): string {
  return process === undefined ? `${lockKey}:released` : `${lockKey}:released:${process}`;
}

/** Redis Cluster hashes only what stands between the first "{" and the next "}", unless that is empty. */
function hasHashTag(key: string): boolean {
  const open = key.indexOf("{");
  return open >= 0 && key.indexOf("}", open + 1) > open + 1;
}
