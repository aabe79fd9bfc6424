/**
 * A client library's connection to one master, reduced to what a node needs. Each adapter implements this and nothing
 * else; so does the simulator, below the batching and the health rules, which therefore run under simulation too.
 */
import { isError } from "./client-errors.ts";
import type { NoticeListener } from "./node.ts";
import type { Operation } from "./operation.ts";

/**
 * What the script answers to one operation, exactly as it comes off the wire:
 *
 * - acquire, heal, extend done: `1`; or of an acquire that asked for it, the node's clock in µs
 * - release: the number of keys deleted
 * - `["held", resourceIndex (from 0), remaining ms (-1: no TTL), highest fence of the resources (0: none), how many are
 *   ahead in line (-1: not in line), the beginning of the holder's token, the node's clock in µs]`
 * - `["stale", fence]`
 * - `["lost", resourceIndex (from 0)]`
 * - inspect: `["holders", token ("" when free), remaining ms (-1: no TTL, 0: free), fence (0: none), waiters, token, ...]`
 * - the node refused with an error: `["error", message]`
 *
 * Integers may come as strings of digits: some clients are configured so.
 */
export type Answer = number | string | readonly (number | string)[];

/**
 * One script call's reply: the node's life (see lua/life.lua; "-" when the call did not ask for it, "?" when INFO is not permitted), how
 * old its memory is in milliseconds, role (0 master, 1 replica), then one answer per operation.
 */
export type BatchReply = readonly [
  life: string,
  memoryAgeMs: number | string,
  role: number | string,
  ...answers: Answer[],
];

/** What a node hears of its connection. None may throw. */
export interface ConnectionListener {
  /** The connection is there, or there again. What was executing before has been answered with an error by then. */
  onReady(): void;
  /** The connection is gone or could not be made; `detail` in the client's words, e.g. "connect ECONNREFUSED ...". */
  onDown(detail: string): void;
  onWarning(code: string, message: string): void;
}

/**
 * Exactly one of `error` and `reply` is defined. An error means that no answer came (the connection broke, the client
 * gave up waiting); what the node itself refuses as a whole (LOADING, NOAUTH, BUSY) is a reply: `["", -1, 0]` and one
 * `["error", message]` per operation.
 *
 * `indexes` names the operations that are answered, in order; all of them when left out. An adapter that has to split
 * a batch (Redis Cluster) calls once per part. May be called long after everybody stopped waiting. Must not throw.
 */
export type ReplyCallback = (
  error: Error | undefined,
  reply: BatchReply | undefined,
  indexes?: readonly number[],
) => void;

/** One client connection, or a simulated one, before batching and health. */
export interface Connection {
  readonly name: string;
  /** "connecting": the first connection is under way. "down": lost, or could not be made. */
  readonly status: "connecting" | "ready" | "down";
  /** Begins to listen. Called once, before anything else. A client that waits for its first command goes on waiting. */
  open(listener: ConnectionListener): void;
  /** A caller is about to ask: starts connecting, for clients that would wait for their first command. Called often. */
  connect?(): void;
  /**
   * Executes the operations in order in one script call. Called only when ready; several calls may be unanswered, and
   * run in the order written. Never throws. An operation that never reached the node is not re-sent by the library.
   *
   * `wanted(i)` is asked before an operation is written a second time, because the node did not know the script: one
   * that is no longer wanted is answered `["error", "NOTWRITTEN ..."]` instead.
   */
  execute(operations: readonly Operation[], onReply: ReplyCallback, wanted: (index: number) => boolean): void;
  /** As in `Node`. */
  subscribe(channels: readonly string[], listener: NoticeListener): () => void;
  close(): Promise<void>;
}

/** A client's error in words. Where a host has several addresses, Node's own has no message, only the errors of each. */
export function describeError(error: unknown): string {
  const [first] = (error as { readonly errors?: readonly unknown[] } | null | undefined)?.errors ?? [];
  if (first !== undefined) return describeError(first);
  return isError(error) ? error.message || error.name : String(error);
}
