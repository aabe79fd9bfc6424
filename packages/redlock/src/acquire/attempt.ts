/**
 * One try at a lock: one round, and where it is not won, a rollback on every node that may hold the token, before anything
 * else happens. A token that was rolled back is never used again: the late rollback of one try would delete the key of the
 * next. A waiter in line goes on under its token for as long as it was only refused: there is nothing to roll back, and a
 * release may give it the key under that token.
 */
import { agreedSlots, decideSlots, isSplit } from "../core/permits.ts";
import { refusalOf } from "../core/refusal.ts";
import { assurance, elapsedMs, type Assurance } from "../core/validity.ts";
import { tokenTail } from "../core/token.ts";
import type { Standing } from "../core/standing.ts";
import type { Vote } from "../core/vote.ts";
import type { AcquireOperation, LinePlace } from "../node/operation.ts";
import { admitAcquire } from "../round/admit.ts";
import { Rollback } from "../round/rollback.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import { Round, type RoundRules } from "../round/round.ts";
import { BesideOthers } from "../lock/beside.ts";
import { noteBeside } from "../lock/heal.ts";
import { HeldLock } from "../lock/held-lock.ts";
import type { HeldLocks } from "../lock/held-locks.ts";
import type { AcquireContext } from "./context.ts";
import { type PermitStart, wishOf } from "./permit-start.ts";

import { holdingFrom } from "../core/holding.ts";

/** How a try ended that did not win. Of one that was rolled back nothing is left on any node that could be reached. */
export interface LostRound {
  readonly reason: "held" | "stale" | "split" | "unavailable" | "too-late" | "not-independent" | "abandoned";
  readonly round: Round;
  readonly operation: AcquireOperation;
  /** Whether its token has come to an end. */
  readonly isRolledBack: boolean;
  /** In words, for what the votes do not say. */
  readonly detail: string;
}

/** How a waiter stands before others; `standing` where it has a place. */
export interface Rank {
  readonly place: LinePlace;
  readonly standing: Standing | undefined;
}

export type AttemptOutcome = HeldLock | LostRound;

export class Attempt implements RoundRules {
  readonly decide: RoundRules["decide"];
  readonly #set: NodeSet;
  readonly #heldLocks: HeldLocks;
  readonly #request: AcquireRequest;
  readonly #onOutcome: (outcome: AttemptOutcome) => void;
  readonly #operation: AcquireOperation;
  readonly #round: Round;
  #heldLock: HeldLock | undefined;
  #assured: Assurance | undefined;
  #hasFailed = false;
  #rollback: Rollback | undefined;
  readonly #standing: Standing | undefined;
  /** Whether it asks because a part of the nodes has given it the key: it is then the last try of its token. */
  readonly #isLast: boolean;

  /** Starts the round; `onOutcome` is called once, perhaps before this returns. */
  constructor(
    { set, heldLocks }: AcquireContext,
    request: AcquireRequest,
    rank: Rank | undefined,
    start: PermitStart | undefined,
    onOutcome: (outcome: AttemptOutcome) => void,
  ) {
    this.#set = set;
    this.#heldLocks = heldLocks;
    this.#request = request;
    this.#onOutcome = onOutcome;
    this.#standing = rank?.standing;
    this.#isLast = this.#standing?.hasPart === true;
    this.#round = new Round(set, this, set.quorum);
    this.#round.waitsForAll = !set.independence.isProved;
    const { ttlMs, nodeTimeoutMs } = request.call;
    if (start !== undefined) this.decide = (votes) => decideSlots(votes, set.nodes.length, set.quorum);
    this.#operation = {
      kind: "acquire",
      keys: request.keys,
      ...this.#names(rank),
      ttlMs,
      fenceRetentionMs: set.options.fenceRetentionMs,
      ...(request.hold !== undefined && wishOf(request.hold, start, () => set.runtime.random())),
    };
    this.#round.askAll(this.#operation, nodeTimeoutMs);
  }

  /** A waiter in line keeps its token, and proposes a higher fencing token where the last one would be refused. */
  #names(rank: Rank | undefined): Pick<AcquireOperation, "token" | "fence" | "place"> {
    const { runtime, fences } = this.#set;
    const { fencing, label = runtime.label } = this.#request.call;
    const { askedAt } = this.#round;
    const standing = rank?.standing;
    if (standing === undefined) {
      const fence = fencing ? fences.propose(askedAt.wallMs) : 0;
      return { token: runtime.newToken(tokenTail(fence, label)), fence, place: rank?.place };
    }
    fences.note(standing.fence);
    // A waiter that is only called is granted under the T of its last send: since the send before, others have had the lock.
    const isStale = standing.isOutbid || !standing.sends.isFresh(askedAt);
    const isHigher = this.#isLast || isStale || this.#request.hold !== undefined;
    const fence = isHigher ? fences.propose(askedAt.wallMs) : standing.fence;
    const number = standing.noteSend(fence, askedAt);
    return { token: standing.terms.token, fence, place: { ...rank!.place, number } };
  }

  /** The caller no longer wants the lock: rolls back, unless it was handed over already. */
  abandon(): void {
    if (this.#heldLock === undefined) this.#fail("abandoned", "");
    this.#rollback?.hurry();
  }

  onVote(round: Round, node: number, vote: Vote): Vote {
    const { restartGuardMs } = this.#request.call;
    const counted = admitAcquire(this.#set, restartGuardMs, node, vote, round.votes[node] === undefined);
    if ("clockUs" in vote && vote.clockUs !== undefined) {
      this.#set.fleetClock.note(node, vote.clockUs, this.#set.runtime.readClocks());
    }
    this.#standing?.noteAnswer(node, this.#operation.place!.number, counted);
    this.#rollback?.noteAcquireVote(node, counted);
    const heldLock = this.#heldLock;
    heldLock?.noteAcquireVote(node, counted, this.#assured!);
    if (heldLock !== undefined && this.#request.hold !== undefined) noteBeside(heldLock, node, counted);
    return counted;
  }

  onDecided(round: Round, decision: "won" | "lost"): void {
    if (this.#hasFailed) return;
    const conflict = this.#set.independence.refusal(this.#set.quorum);
    if (conflict !== undefined) this.#fail("not-independent", conflict);
    else if (decision === "won") this.#win(round);
    else this.#fail(this.#refusal(round), "");
  }

  #refusal({ votes }: Round): LostRound["reason"] {
    const { nodes, quorum } = this.#set;
    const isOfPermits = this.decide !== undefined;
    return isOfPermits && isSplit(votes, nodes.length, quorum) ? "split" : refusalOf(votes, nodes.length, quorum);
  }

  #win(round: Round): void {
    const { runtime, options, nodes, quorum, independence } = this.#set;
    independence.prove();
    const { ttlMs, safetyMarginMs, restartGuardMs } = this.#request.call;
    this.#assured = assurance(round.askedAt, ttlMs, options.driftFactor);
    const now = runtime.readClocks();
    const slots = this.decide && agreedSlots(round.votes, quorum);
    const { hold } = this.#request;
    const beside = hold && BesideOthers.won(hold, slots);
    const votes = beside === undefined ? round.votes : round.votes.map((vote) => vote && beside.settle(vote));
    const holding = holdingFrom(votes, nodes.length, quorum, this.#assured, restartGuardMs > 0, now);
    const remainingMs = holding.remainingMs(now);
    if (remainingMs <= safetyMarginMs) {
      this.#fail("too-late", `a quorum granted, but only ${Math.floor(remainingMs)} ms of validity were left`);
      return;
    }
    // A holder in between may have come and gone, with a higher fencing token that nodes had forgotten when they granted.
    const tookMs = elapsedMs(this.#standing?.sends.drawnAt ?? round.askedAt, now);
    if (this.#operation.fence > 0 && tookMs > options.fenceRetentionMs) {
      this.#fail("too-late", `a quorum granted, but after ${Math.ceil(tookMs)} ms, longer than fenceRetentionMs`);
      return;
    }
    const operation = { ...this.#operation, standing: this.#standing, beside };
    this.#heldLock = new HeldLock(this.#set, this.#heldLocks, this.#request, operation, holding, round.askedAt);
    this.#heldLock.keepAlive.watch();
    if (hold !== undefined) {
      for (const node of nodes.keys()) noteBeside(this.#heldLock, node, round.votes[node]);
    }
    this.#onOutcome(this.#heldLock);
  }

  #fail(reason: LostRound["reason"], detail: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const round = this.#round;
    const { nodeTimeoutMs: timeoutMs } = this.#request.call;
    const isPatient = reason === "held" || reason === "stale";
    const standing = this.#standing;
    // A refused waiter still wants its place on the nodes whose turn has not come.
    round.isGivenUp = !isPatient || standing === undefined;
    const outcome = { reason, round, operation: this.#operation, detail };
    if (standing !== undefined && isPatient && !(this.#isLast && standing.hasPart)) {
      this.#onOutcome({ ...outcome, isRolledBack: false });
      return;
    }
    // What it was given may be under a higher T than it ever asked for, and the next one's has to be higher still.
    const ended = standing === undefined ? this.#operation : { ...this.#operation, fence: standing.fence };
    const rules = { isPatient: isPatient && standing === undefined, timeoutMs, endsPlaces: standing !== undefined };
    this.#rollback = new Rollback(this.#set, ended, round.votes, rules, () =>
      this.#onOutcome({ ...outcome, isRolledBack: true }),
    );
  }
}
