/**
 * Node's own diagnostics channels, for tracers: the TracingChannels "redlock:acquire", "redlock:extend" and
 * "redlock:release", and the channel "redlock:lost". The caller asks `hasSubscribers` first, so that without
 * subscribers nothing is made.
 *
 * What is published leaves the process, in most cases: so resources are hashed unless the option `publishNames` is on,
 * tokens are never published, and an error is published as its code, since its message names resources.
 */
import { createHash } from "node:crypto";
import { channel, tracingChannel, type Channel, type TracingChannel } from "node:diagnostics_channel";
import { RedlockError, type LostReason, type NodeVote } from "../errors/errors.ts";
import type { ResolvedOptions } from "../options/resolve.ts";

/** What is published on the TracingChannels. */
export interface TraceContext {
  /** The `Redlock`'s name. */
  readonly name: string;
  /** A hash of each, or their names where `publishNames` is on. */
  readonly resources: readonly string[];
  readonly ttlMs: number;
  /** On "redlock:acquire": `fencingToken`. On "redlock:release": `outcome`. */
  result?: TraceResult;
  /** Where `publishNames` is on, the error itself. */
  error?: TraceError;
}

/** What a traced operation came to; never the lock itself, which has the token. */
export interface TraceResult {
  readonly fencingToken?: number | undefined;
  readonly outcome?: string;
}

/** An error without the names in its message. */
export interface TraceError {
  readonly name: string;
  /** A `RedlockErrorCode`, or "ABORTED" for the caller's own abort. */
  readonly code: string;
  readonly message: string;
  /** Without the nodes' own words, which may name keys. */
  readonly votes: readonly Omit<NodeVote, "detail">[];
}

/** What is published on "redlock:lost". */
export interface LostMessage {
  readonly name: string;
  readonly resources: readonly string[];
  readonly fencingToken: number | undefined;
  readonly reason: LostReason;
  readonly detail: string;
}

export const acquireChannel: TracingChannel<TraceContext> = tracingChannel("redlock:acquire");
export const extendChannel: TracingChannel<TraceContext> = tracingChannel("redlock:extend");
export const releaseChannel: TracingChannel<TraceContext> = tracingChannel("redlock:release");
export const lostChannel: Channel = channel("redlock:lost");

/** Who publishes, and how much of the names. */
export type Publisher = Pick<ResolvedOptions, "name" | "publishNames">;

interface Subject {
  readonly resources: readonly string[];
  readonly ttlMs: number;
}

/** Runs `run` as a traced operation; settles as it does. Ask `hasSubscribers` before. */
export async function trace<Result>(
  tracing: TracingChannel<TraceContext>,
  publisher: Publisher,
  subject: Subject,
  run: () => Promise<Result>,
  resultOf: (result: Result) => TraceResult,
): Promise<Result> {
  const context: TraceContext = {
    name: publisher.name,
    resources: published(subject.resources, publisher),
    ttlMs: subject.ttlMs,
  };
  let settled!: { readonly result: Result } | { readonly error: unknown };
  const traced = async (): Promise<TraceResult> => {
    try {
      const result = await run();
      settled = { result };
      return resultOf(result);
    } catch (error) {
      settled = { error };
      throw publisher.publishNames ? error : publicError(error);
    }
  };
  await tracing.tracePromise(traced, context).catch(() => {});
  if ("error" in settled) throw settled.error;
  return settled.result;
}

export function publishLost(publisher: Publisher, lost: Omit<LostMessage, "name">): void {
  lostChannel.publish({ ...lost, name: publisher.name, resources: published(lost.resources, publisher) });
}

/** The first 16 hex digits of the SHA-256: enough to tell two resources apart, too little to be the name. */
export function hashOf(resource: string): string {
  return createHash("sha256").update(resource).digest("hex").slice(0, 16);
}

function published(resources: readonly string[], { publishNames }: Publisher): readonly string[] {
  return publishNames ? resources : resources.map(hashOf);
}

function publicError(error: unknown): Error & TraceError {
  const isOurs = error instanceof RedlockError;
  const code = isOurs ? error.code : "ABORTED";
  const votes = isOurs
    ? error.votes.map(({ node, outcome, reason, elapsedMs }) => ({ node, outcome, reason, elapsedMs }))
    : [];
  const made = new Error(code);
  made.name = isOurs ? error.name : "AbortError";
  return Object.assign(made, { code, votes });
}
