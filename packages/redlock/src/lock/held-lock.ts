/**
 * One won lock, from acquire to its end: held, then lost or released, never back. Handles share it; the keep-alive keeps its
 * time; extend and release rounds report to it.
 */
import type { Holding } from "../core/holding.ts";
import { elapsedMs, type Assurance } from "../core/validity.ts";
import type { Vote } from "../core/vote.ts";
import type { LockLostError } from "../errors/errors.ts";
import type { AcquireOperation } from "../node/operation.ts";
import type { ClockReading } from "../runtime/runtime.ts";
import { lostError, releasedError } from "../errors/explain.ts";
import type { QueuePlace } from "../acquire/local-queue.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { Round } from "../round/round.ts";
import { KeepAlive, type Loss } from "./keep-alive.ts";
import { nodeVotes } from "../errors/node-votes.ts";
import { noteVote } from "../core/holding.ts";

export class HeldLock {
  readonly set: NodeSet;
  readonly request: AcquireRequest;
  readonly token: string;
  /** 0 when fencing is off. */
  readonly fence: number;
  readonly holding: Holding;
  readonly acquiredAt: ClockReading;
  readonly keepAlive: KeepAlive;
  state: "held" | "lost" | "released" = "held";
  /** What the last extend asked for. */
  ttlMs: number;
  longestTtlMs: number;
  /** Another process may hold a handle of the same keys too, and may have made one again where this one knows of none. */
  isHandedOver = false;
  /** Reentrant handles; the last to be released releases the lock. */
  handleCount = 1;
  /** In this process's line: kept until the lock ends. */
  place: QueuePlace | undefined;
  /** The last extend round, where it was not won: why a lock was lost. */
  failedRound: { readonly round: Round; readonly tookMs: number } | undefined;
  #controller: AbortController | undefined;
  #endedAtMs: number | undefined;
  #lossError: LockLostError | undefined;
  #lossDetail: string | undefined;

  constructor(
    set: NodeSet,
    request: AcquireRequest,
    operation: Pick<AcquireOperation, "token" | "fence">,
    holding: Holding,
    askedAt: ClockReading,
  ) {
    this.set = set;
    this.request = request;
    this.token = operation.token;
    this.fence = operation.fence;
    this.holding = holding;
    this.acquiredAt = askedAt;
    this.ttlMs = request.call.ttlMs;
    this.longestTtlMs = this.ttlMs;
    this.keepAlive = new KeepAlive(this, askedAt);
    set.heldLocks.add(this);
  }

  get fencingToken(): number | undefined {
    return this.fence === 0 ? undefined : this.fence;
  }

  /** At most half of what the last extend asked for: by less than its margin, a lock would be due again at once, for ever. */
  get safetyMarginMs(): number {
    return Math.min(this.request.call.safetyMarginMs, this.ttlMs / 2);
  }

  /** Compares clocks each time: after a blocked event loop this sees the loss before any timer does. */
  remainingMs(now: ClockReading = this.set.runtime.readClocks()): number {
    if (this.state !== "held") return 0;
    const remainingMs = this.holding.remainingMs(now);
    if (remainingMs === 0) this.lose(this.keepAlive.explainLoss("its validity ended", now));
    return remainingMs;
  }

  /** A vote on the acquire, or on the adopting extend, that came after the round was won. */
  noteAcquireVote(node: number, vote: Vote, assured: Assurance): void {
    if (this.state === "held") noteVote(this.holding, node, vote, assured, this.set.runtime.readClocks());
  }

  /** When the validity ends, or ended, by the wall clock of now. */
  validUntilMs(now: ClockReading = this.set.runtime.readClocks()): number {
    return this.#endedAtMs ?? now.wallMs + this.remainingMs(now);
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#lossDetail !== undefined) this.#controller.abort(this.lossError());
    return this.#controller.signal;
  }

  /** Made when it is asked for: thousands of locks may be lost at once. */
  lossError(): LockLostError {
    const { set, request, fencingToken, failedRound } = this;
    // Also while the lock is held: one handle of several was released, and the loss is yet to come.
    if (this.#lossDetail === undefined) return releasedError(request.resources);
    const votes = failedRound === undefined ? [] : nodeVotes(set, failedRound.round, failedRound.tookMs);
    return (this.#lossError ??= lostError(request.resources, fencingToken, this.#lossDetail, votes));
  }

  /** Tells the loss, once; does nothing on a lock that has ended. Nothing is sent: others may be let in only by TTL. */
  lose({ reason, detail }: Loss): void {
    if (this.state !== "held") return;
    this.state = "lost";
    this.#lossDetail = detail;
    this.#end();
    const { resources } = this.request;
    this.set.reporter.lost({ resources, fencingToken: this.fencingToken, reason, detail });
    this.#controller?.abort(this.lossError());
    this.place?.leave();
  }

  /** It is about to end by `close()`: its holder has not asked for that, and must stop. */
  tellClosed(): void {
    this.#lossDetail = "its Redlock was closed";
    this.#controller?.abort(this.lossError());
  }

  /** From here on nothing extends it, and no reply can. */
  markReleased(): void {
    this.state = "released";
    this.#end();
  }

  #end(): void {
    const now = this.set.runtime.readClocks();
    // A loss that was told ahead ends now; one that is only found out ended when the validity did.
    this.#endedAtMs = now.wallMs + Math.min(0, Math.max(this.holding.leftMs(now), -elapsedMs(this.acquiredAt, now)));
    this.holding.lose();
    this.keepAlive.stop();
    this.set.heldLocks.delete(this);
  }
}
