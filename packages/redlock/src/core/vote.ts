/**
 * What one node said to one operation. There are three answers, not two: a node that did not answer may still have
 * done, or may yet do, what it was asked.
 */

/** What the node's reply proves about the node itself; taken from INFO inside the same script call as the answer. */
export interface NodeEvidence {
  /** Changes with every start of the server process; `undefined` where INFO is not permitted. */
  readonly runId: string | undefined;
  /** The same for as long as the node has forgotten nothing; "" where it cannot tell. */
  readonly life: string;
  /** A lower bound of how long the node has kept its memory, in milliseconds; Infinity where that is not to be asked. */
  readonly memoryAgeMs: number;
  /** What its memory began with (see lua/life.lua), or why it has no age that is known; for people. */
  readonly cause: string;
  /** Whether the node says it is a replica of another. */
  readonly replica: boolean;
}

/** How a resource is held beside others. */
export type LockMode = "exclusive" | "shared" | "permits";

/** The operation was done. */
export interface Granted {
  readonly outcome: "granted";
  readonly evidence: NodeEvidence;
  /** How many lock keys a release deleted; 0 for the other operations. */
  readonly deletedCount: number;
  /** The node's clock when it answered, in µs, where an acquire asked for it. */
  readonly clockUs?: number;
  /** Of an acquire of permits: the highest fencing token that the node has granted now. */
  readonly fence?: number;
  /** Of an acquire of permits: which numbers the node gave, ascending. */
  readonly slots?: readonly number[];
  /** Of an extend: whether a waiter stands in the node's line for what was extended. */
  readonly isWanted?: boolean;
  /** What an inspect saw, one entry per resource; only on its answer. */
  readonly holders?: readonly Holder[];
}

/** One resource as one node sees it. */
export interface Holder {
  /** The token that the lock key holds; `undefined` when the resource is free. */
  readonly token: string | undefined;
  /** Remaining time to live; 0 when free, Infinity when the key has none. */
  readonly remainingMs: number;
  /** The highest fencing token the node remembers; 0 when none. */
  readonly fence: number;
  /** How many stand in the node's line for it. */
  readonly waiterCount: number;
  /** How it is held; "exclusive" when it is free. */
  readonly mode: LockMode;
  /** Who share it, or have its permits; empty in the other mode. */
  readonly holders: readonly SharedHolder[];
}

/** One of those who hold a resource together. */
export interface SharedHolder {
  readonly token: string;
  readonly remainingMs: number;
  /** Of permits, which. */
  readonly slots: readonly number[];
}

/** The operation was not done, and never will be. */
export type Refused = RefusedHeld | RefusedStale | RefusedLost;

/** acquire, heal: another token holds a resource, or (acquire only) it is free but others are before us in the line. */
export interface RefusedHeld {
  readonly outcome: "refused";
  readonly reason: "held";
  readonly evidence: NodeEvidence;
  /** Index of the first resource that is held. */
  readonly resourceIndex: number;
  /**
   * How long that resource's key still lives; Infinity when it has no time to live. When free, how long the place of
   * the first in line is kept for it.
   */
  readonly remainingMs: number;
  /** How many waiters are before us in the node's line; `undefined` when we do not stand in it. */
  readonly waitersAhead?: number | undefined;
  /** The token that holds the resource, without its secret; "" when it is free, `undefined` when the node does not say. */
  readonly holder?: string;
  /** How it is held; `undefined` when it is free, or the node does not say. */
  readonly mode?: LockMode;
  /** The highest fencing token that the node remembers for the resources; 0 when none. */
  readonly fence: number;
  /** The node's clock when it answered, in µs; `undefined` when it did not tell. */
  readonly clockUs?: number;
}

/**
 * acquire, heal: the node has granted, or buried, the same or a higher fencing token. Not contention. Where the acquire was
 * in line, the key may be ours under that higher token.
 */
export interface RefusedStale {
  readonly outcome: "refused";
  readonly reason: "stale";
  readonly evidence: NodeEvidence;
  readonly fence: number;
}

/** extend: a lock key does not hold our token. */
export interface RefusedLost {
  readonly outcome: "refused";
  readonly reason: "lost";
  readonly evidence: NodeEvidence;
  readonly resourceIndex: number;
}

/** Why nothing is known of a node's vote. */
export type UnknownReason =
  /** No connection to the node. */
  | "disconnected"
  /** Connected, but silent: an earlier question is overdue. */
  | "silent"
  /** The first connection is still being made. */
  | "connecting"
  /** No answer by the round's deadline. */
  | "timeout"
  /** The node, or its client, answered with an error. */
  | "error"
  /** The node granted, but has not kept its memory long enough for the grant to count. */
  | "restarted"
  /** Too many operations wait for this node. */
  | "overloaded"
  /** The `Redlock` was closed. */
  | "closed";

/** No answer that could be counted. */
export interface Unknown {
  readonly outcome: "unknown";
  readonly reason: UnknownReason;
  /** For people: the client's or node's own words, or how long ago the node restarted. */
  readonly detail: string;
  /** Whether the operation may have been done, or may yet be: it must be rolled back. */
  readonly mayHold: boolean;
  /** The node's own error, when there is one. */
  readonly cause?: unknown;
  /** What came along, where the node did reply. */
  readonly evidence?: NodeEvidence;
  /** restarted: in how long the node's grants count again, in milliseconds. */
  readonly quarantinedForMs?: number;
}

/** Discriminated by `outcome`; a refusal and an unknown vote also by `reason`. */
export type Vote = Granted | Refused | Unknown;

/** Whether what was asked for may still come to run, once or again. */
export function isUnheard(vote: Vote | undefined): boolean {
  return vote === undefined || vote.evidence === undefined;
}

export function isHeld(vote: Vote | undefined): vote is RefusedHeld {
  return vote?.outcome === "refused" && vote.reason === "held";
}
