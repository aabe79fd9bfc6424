/** What happens inside, for people: event by event. */
import type { UnknownReason } from "../core/vote.ts";
import type { LostReason } from "../errors/errors.ts";
import type { WarningEvent } from "./warn.ts";

/** A lock was won. */
export interface AcquiredEvent {
  readonly resources: readonly string[];
  readonly fencingToken: number | undefined;
  /** From the call to the lock, waiting included. */
  readonly elapsedMs: number;
  /** Rounds it took; 1 without contention. */
  readonly roundCount: number;
}

/** A round that was not won; `acquire` may still be waiting. */
export interface RoundFailedEvent {
  readonly resources: readonly string[];
  /** "held" by another holder, "stale" fencing token, "split" permits, too few votes, or too late. */
  readonly reason: "held" | "stale" | "split" | "unavailable" | "too-late";
  /** The nodes that said no; those that said nothing are not among them. */
  readonly refusedBy: readonly string[];
  /** In how long the resource becomes free at most; `undefined` unless held. */
  readonly remainingMs: number | undefined;
  /** Who is in the way: the first 8 characters of the token, as `redlock inspect` shows it; `undefined` unless held. */
  readonly holder: string | undefined;
  /** Who says to be in the way: the holder's label; `undefined` where there is none, or the holder has none. */
  readonly label: string | undefined;
  /** How many stand before this caller in the nodes' line, where it is longest; `undefined` when it stands in none. */
  readonly waitersAhead: number | undefined;
  readonly roundCount: number;
}

/** A quorum confirmed more time, asked for by the caller or by auto-extension. */
export interface ExtendedEvent {
  readonly resources: readonly string[];
  /** What there is of validity now. */
  readonly validForMs: number;
}

/** A caller of another process stands in line for a lock that is held here; at the extension before, none did. */
export interface WantedEvent {
  readonly resources: readonly string[];
  readonly fencingToken: number | undefined;
}

/** A held lock can no longer be proved to be held; another holder may have it a margin later. */
export interface LostEvent {
  readonly resources: readonly string[];
  readonly fencingToken: number | undefined;
  readonly reason: LostReason;
  /** The reason in words. */
  readonly detail: string;
}

/** `handOver()`: the lock lives on, for its adopter. */
export interface HandedOverEvent {
  readonly resources: readonly string[];
  readonly fencingToken: number | undefined;
  /** From acquire to the hand-over. */
  readonly heldMs: number;
}

/** A quorum confirmed the release. */
export interface ReleasedEvent {
  readonly resources: readonly string[];
  readonly fencingToken: number | undefined;
  /** From acquire to release. */
  readonly heldMs: number;
}

/** A release that too few nodes confirmed, where no caller awaited it: in `using` and at the end of `await using`. */
export interface ReleaseFailedEvent {
  readonly resources: readonly string[];
  readonly error: unknown;
}

/** A node was lost, or went silent: it is not written to until it is back. */
export interface NodeDownEvent {
  readonly node: string;
  readonly reason: UnknownReason;
  readonly detail: string;
}

/** A node that was away answers again. */
export interface NodeUpEvent {
  readonly node: string;
}

/** The restart guard does not count a node's grants yet. */
export interface NodeQuarantinedEvent {
  readonly node: string;
  readonly quarantinedForMs: number;
}

/** Event to what its listeners get. Contention is "roundFailed", never an error. */
export interface RedlockEvents {
  acquired: [AcquiredEvent];
  roundFailed: [RoundFailedEvent];
  extended: [ExtendedEvent];
  wanted: [WantedEvent];
  lost: [LostEvent];
  handedOver: [HandedOverEvent];
  released: [ReleasedEvent];
  releaseFailed: [ReleaseFailedEvent];
  nodeDown: [NodeDownEvent];
  nodeUp: [NodeUpEvent];
  nodeQuarantined: [NodeQuarantinedEvent];
  warning: [WarningEvent];
}
