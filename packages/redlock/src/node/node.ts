/**
 * One independent Redis master as the algorithm sees it. The algorithm never waits for a node: it hands over an
 * operation and a receiver, and goes on.
 */
import type { UnknownReason, Vote } from "../core/vote.ts";
import type { Operation } from "./operation.ts";

/** Takes the votes of one round. */
export interface VoteReceiver {
  /**
   * Called at most once per operation sent, possibly long after the round was decided, possibly before `send` returns
   * (a node that is away votes at once). Must not throw.
   */
  receive(nodeIndex: number, vote: Vote): void;
  /**
   * Whether the round's acquire is no longer wanted. An acquire or heal that has not been written by then must never
   * be written: the node votes unknown, `mayHold: false`.
   */
  readonly abandoned: boolean;
}

/** Where a node stands, for messages, `health()` and doctor. */
export interface NodeState {
  /** "joining": never connected yet, and not known to be unreachable. */
  readonly status: "joining" | "up" | "down" | "closed";
  /** Why it is away; `undefined` when it is not. */
  readonly reason: UnknownReason | undefined;
  /** For people: the last error's words, or what is awaited; "" when up. */
  readonly detail: string;
  /** Rollbacks and releases that could not be delivered yet; sent first after a reconnect. */
  readonly pendingReleaseCount: number;
}

/** What a node tells without being asked. None may throw. */
export interface NodeListener {
  /** From "joining" or "down" to "up", from any to "down". */
  onStatus(state: NodeState): void;
  /** Something an operator should mend; called once per cause. `code` is stable, e.g. "UNSAFE_CLIENT_SETTING". */
  onWarning(code: string, message: string): void;
}

/** What reaches a subscriber of release announcements. None may throw. */
export interface NoticeListener {
  /** All channels asked for are subscribed (again) on this node: what happened before was perhaps not heard. */
  onSubscribed(): void;
  /** A lock key was released on this node; `message` is "<waiter> <T>", waiter "" for everybody. */
  onNotice(channel: string, message: string): void;
}

/** Made by `createNode`; a `Redlock` has one per master. */
export interface Node {
  /** For messages and metrics, e.g. "10.0.0.1:6379". Never holds a password. */
  readonly name: string;
  /** Cheap; asked before every round. */
  readonly state: NodeState;
  setListener(listener: NodeListener): void;
  /** A caller is about to ask: a client that would wait for its first command connects now. */
  connect?(): void;

  /**
   * Sends an operation; the vote comes to `receiver`. Never throws, never rejects, keeps no deadline of its own: a
   * round that has waited long enough calls `overdue`.
   *
   * - Operations sent in one event-loop turn travel in one script call, in order. Operations on one node are executed
   *   in the order sent, except those that are written again because the node did not know the script: of these an
   *   acquire or heal is left out when its release was written meanwhile.
   * - A node that is away is not written to and votes unknown at once. While joining, operations are kept until the
   *   first connection is made or fails.
   * - A release is different: it is written right behind the acquire it buries, on the same connection, even when the
   *   node is silent; where the connection is gone it votes unknown at once and is owed, and sent before anything else
   *   when the node comes back. The number of owed releases is bounded.
   * - An acquire or heal that is still unwritten when its receiver abandons it is dropped, and so may be an acquire whose
   *   release is sent before its turn came: an acquire must be sent at most once per token.
   */
  send(operation: Operation, receiver: VoteReceiver, nodeIndex: number): void;

  /**
   * A round's deadline passed without this node's vote. The node decides what that says about its health: with a
   * question written and unanswered it is silent, and goes away until it answers.
   */
  overdue(): void;

  /**
   * Listens to these channels, on a connection of its own made when first asked. Returns at once; calling the returned
   * function ends the subscription, and the connection is dropped when it has been idle for a while.
   */
  subscribe(channels: readonly string[], listener: NoticeListener): () => void;

  /** Stops using the client; ends it only when this library made it. Resolves when its connections are closed. */
  close(): Promise<void>;
}
