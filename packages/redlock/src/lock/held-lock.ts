/**
 * One won lock, from acquire to its end: held, then lost, released or handed over, never back. Handles share it; the
 * keep-alive keeps its time; extend and release rounds report to it.
 */
import type { Holding } from "../core/holding.ts";
import type { Standing } from "../core/standing.ts";
import { labelOf } from "../core/token.ts";
import { elapsedMs, type Assurance } from "../core/validity.ts";
import type { Vote } from "../core/vote.ts";
import type { LineRank } from "../node/operation.ts";
import type { ClockReading, Runtime } from "../runtime/runtime.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import type { BesideOthers } from "./beside.ts";
import { KeepAlive, type KeptLock, type Loss } from "./keep-alive.ts";
import { LockEnd } from "./lock-end.ts";
import type { RenewalThrottle } from "./renewal-throttle.ts";
import type { RoundReport } from "../errors/node-votes.ts";
import { noteVote } from "../core/holding.ts";
import type { LockState, WonOperation } from "./won-operation.ts";

/** What all held locks of one `Redlock` share. */
export interface LockKeeper {
  readonly renewals: RenewalThrottle;
  add(lock: HeldLock): void;
  delete(lock: HeldLock): void;
  /** One extend round; its failure is told by `isExtended` alone. */
  renew(lock: HeldLock, onDone: (isExtended: boolean) => void): void;
}

export class HeldLock implements KeptLock {
  readonly set: NodeSet;
  readonly #keeper: LockKeeper;
  readonly request: AcquireRequest;
  readonly token: string;
  /** 0 when fencing is off. */
  readonly fence: number;
  /** Its waiter's rank in the nodes' lines: a place may still be kept where the acquire was refused. */
  readonly rank: LineRank | undefined;
  /** What its waiter knew of its places. */
  readonly #standing: Standing | undefined;
  readonly holding: Holding;
  /** How it is held, where it is not exclusive. */
  beside: BesideOthers | undefined;
  readonly acquiredAt: ClockReading;
  readonly keepAlive: KeepAlive;
  state: LockState = "held";
  /** What a quorum of nodes granted last. */
  ttlMs: number;
  longestTtlMs: number;
  /** The longest TTL that others use, as far as is known: see `quarantineMs` in round/admit.ts. */
  guardMs: number;
  /** Another process held it before, and may have made a key again where this one knows of none. */
  isAdopted = false;
  /** Reentrant handles; the last to be released releases the lock. */
  handleCount = 1;
  /** How many of these handles want the lock to be extended. */
  autoExtendCount: number;
  /** Called once, when the lock has ended: the next acquire of this process may begin. */
  onEnd: (() => void) | undefined;
  /** Called when the holder lets readers in: acquires of this process that share it may begin. */
  onShared: (() => void) | undefined;
  /** The last extend round, where it was not won: why a lock was lost. */
  failedRound: RoundReport | undefined;
  isWanted = false;
  #extendTurn = 0;
  #grantedTurn = 0;
  #endedAtMs: number | undefined;
  #told: LockEnd | undefined;

  constructor(
    set: NodeSet,
    keeper: LockKeeper,
    request: AcquireRequest,
    operation: WonOperation,
    holding: Holding,
    askedAt: ClockReading,
  ) {
    this.set = set;
    this.#keeper = keeper;
    this.request = request;
    this.token = operation.token;
    this.fence = operation.fence;
    this.rank = operation.place?.keepMs === 0 ? undefined : operation.place;
    this.#standing = operation.standing;
    this.holding = holding;
    this.beside = operation.beside;
    this.acquiredAt = askedAt;
    this.ttlMs = request.call.ttlMs;
    this.longestTtlMs = this.ttlMs;
    this.autoExtendCount = request.call.autoExtend ? 1 : 0;
    this.guardMs = request.call.restartGuardMs;
    this.keepAlive = new KeepAlive(this, askedAt);
    keeper.add(this);
  }

  /** Whether an acquire or a heal of it may still come to run on a node, when it is released. */
  isUnsettledOn(node: number): boolean {
    return (
      this.isAdopted ||
      this.beside?.isUnheard(node) === true ||
      this.holding.wasHealed(node) ||
      this.#standing?.sends.isUnheard(node) === true
    );
  }

  get fencingToken(): number | undefined {
    return this.fence === 0 ? undefined : this.fence;
  }

  /** Who took it, for people. */
  get label(): string | undefined {
    return labelOf(this.token);
  }

  /** The order in which extends were asked for: they may be granted in another. */
  nextExtendTurn(): number {
    return ++this.#extendTurn;
  }

  /** What was asked for is no more than that until a quorum has granted it: pace and margin go by what is held. */
  noteGranted(ttlMs: number, turn: number): void {
    if (turn < this.#grantedTurn) return;
    this.#grantedTurn = turn;
    this.ttlMs = ttlMs;
  }

  /** At most half of what was granted last: by less than its margin, a lock would be due again at once, for ever. */
  get safetyMarginMs(): number {
    return Math.min(this.request.call.safetyMarginMs, this.ttlMs / 2);
  }

  /** At a third, so that two rounds can fail. Where nodes have lost it since, less is held than was granted. */
  renewAfterMs(usableMs: number): number {
    return Math.min(this.ttlMs - this.safetyMarginMs, usableMs) / 3;
  }

  get maxHoldMs(): number {
    return this.request.call.maxHoldMs;
  }

  get runtime(): Runtime {
    return this.set.runtime;
  }

  renewSoon(): void {
    this.#keeper.renewals.enter(this.keepAlive);
  }

  renew(onDone: (isExtended: boolean) => void): void {
    this.#keeper.renew(this, onDone);
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
    const counted = this.beside === undefined ? vote : this.beside.settle(vote);
    if (this.state === "held") noteVote(this.holding, node, counted, assured, this.set.runtime.readClocks());
  }

  /** When the validity ends, or ended, by the wall clock of now. */
  validUntilMs(now: ClockReading = this.set.runtime.readClocks()): number {
    return this.#endedAtMs ?? now.wallMs + this.remainingMs(now);
  }

  /** How its end is told. */
  get told(): LockEnd {
    return (this.#told ??= new LockEnd(this));
  }

  /** Tells the loss, once; does nothing on a lock that has ended. Nothing is sent: others may be let in only by TTL. */
  lose({ reason, detail }: Loss): void {
    if (this.state !== "held") return;
    this.told.note(detail);
    this.end("lost");
    const { resources } = this.request;
    this.set.reporter.lost({ resources, fencingToken: this.fencingToken, reason, detail });
    this.told.tell();
    this.onEnd?.();
  }

  /** From here on nothing extends it, and no reply can. */
  end(state: Exclude<LockState, "held">): void {
    this.state = state;
    const now = this.set.runtime.readClocks();
    // A loss that was told ahead ends now; one that is only found out ended when the validity did.
    this.#endedAtMs = now.wallMs + Math.min(0, Math.max(this.holding.leftMs(now), -elapsedMs(this.acquiredAt, now)));
    this.holding.lose();
    this.keepAlive.stop();
    this.#keeper.delete(this);
  }
}
