/**
 * One try at a lock: a fresh token, one round, and where it is not won, a rollback on every node that may hold the
 * token, before anything else happens. A token is never used again: the late rollback of one try would delete the key
 * of the next.
 */
import { refusalOf } from "../core/refusal.ts";
import { assurance, elapsedMs, type Assurance } from "../core/validity.ts";
import { tokenTail } from "../core/token.ts";
import type { Vote } from "../core/vote.ts";
import type { AcquireOperation, LinePlace } from "../node/operation.ts";
import { admit } from "../round/admit.ts";
import { Rollback } from "../round/rollback.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import { Round, type RoundRules } from "../round/round.ts";
import { HeldLock } from "../lock/held-lock.ts";
import type { HeldLocks } from "../lock/held-locks.ts";
import type { AcquireContext } from "./context.ts";

import { holdingFrom } from "../core/holding.ts";

/** How a try ended that did not win. Nothing of it is left on any node that could be reached. */
export interface LostRound {
  readonly reason: "held" | "stale" | "unavailable" | "too-late" | "not-independent" | "abandoned";
  readonly round: Round;
  readonly operation: AcquireOperation;
  /** In words, for what the votes do not say. */
  readonly detail: string;
}

export type AttemptOutcome = HeldLock | LostRound;

export class Attempt implements RoundRules {
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

  /** Starts the round; `onOutcome` is called once, perhaps before this returns. */
  constructor(
    { set, heldLocks }: AcquireContext,
    request: AcquireRequest,
    place: LinePlace | undefined,
    onOutcome: (outcome: AttemptOutcome) => void,
  ) {
    this.#set = set;
    this.#heldLocks = heldLocks;
    this.#request = request;
    this.#onOutcome = onOutcome;
    this.#round = new Round(set, this, set.quorum);
    this.#round.isThorough = !set.independence.isProved;
    const { ttlMs, fencing, nodeTimeoutMs, label = set.runtime.label } = request.call;
    const fence = fencing ? set.fences.propose(this.#round.askedAt.wallMs) : 0;
    this.#operation = {
      kind: "acquire",
      keys: request.keys,
      token: set.runtime.newToken(tokenTail(fence, label)),
      fence,
      ttlMs,
      fenceRetentionMs: set.options.fenceRetentionMs,
      place,
    };
    this.#round.askAll(this.#operation, nodeTimeoutMs);
  }

  /** The caller no longer wants the lock: rolls back, unless it was handed over already. */
  abandon(): void {
    if (this.#heldLock === undefined) this.#fail("abandoned", "");
  }

  onVote(round: Round, node: number, vote: Vote): Vote {
    const counted = admit(this.#set, this.#request, node, vote);
    this.#set.standings.noteVote(node, counted, round.votes[node] === undefined);
    this.#set.fences.noteVote(counted);
    this.#rollback?.noteAcquireVote(node, counted);
    this.#heldLock?.noteAcquireVote(node, counted, this.#assured!);
    return counted;
  }

  onDecided(round: Round, decision: "won" | "lost"): void {
    if (this.#hasFailed) return;
    const { independence } = this.#set;
    if (independence.conflict !== undefined) this.#fail("not-independent", independence.conflict);
    else if (decision === "won") this.#win(round);
    else this.#fail(refusalOf(round.votes, this.#set.nodes.length, this.#set.quorum), "");
  }

  #win(round: Round): void {
    const { runtime, options, nodes, quorum, independence } = this.#set;
    independence.isProved = true;
    const { ttlMs, safetyMarginMs } = this.#request.call;
    this.#assured = assurance(round.askedAt, ttlMs, options.driftFactor);
    const now = runtime.readClocks();
    const holding = holdingFrom(round.votes, nodes.length, quorum, this.#assured, now);
    const remainingMs = holding.remainingMs(now);
    if (remainingMs <= safetyMarginMs) {
      this.#fail("too-late", `a quorum granted, but only ${Math.floor(remainingMs)} ms of validity were left`);
      return;
    }
    // A holder in between may have come and gone, with a higher fencing token that nodes had forgotten when they granted.
    const tookMs = elapsedMs(round.askedAt, now);
    if (this.#operation.fence > 0 && tookMs > options.fenceRetentionMs) {
      this.#fail("too-late", `a quorum granted, but after ${Math.ceil(tookMs)} ms, longer than fenceRetentionMs`);
      return;
    }
    this.#heldLock = new HeldLock(this.#set, this.#heldLocks, this.#request, this.#operation, holding, round.askedAt);
    this.#heldLock.keepAlive.watch();
    this.#onOutcome(this.#heldLock);
  }

  #fail(reason: LostRound["reason"], detail: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const round = this.#round;
    const { nodeTimeoutMs: timeoutMs } = this.#request.call;
    const isPatient = reason === "held" || reason === "stale";
    // A refused waiter still wants its place on the nodes whose turn has not come.
    round.isGivenUp = !isPatient || this.#operation.place === undefined;
    this.#rollback = new Rollback(this.#set, this.#operation, round.votes, { isPatient, timeoutMs }, () =>
      this.#onOutcome({ reason, round, operation: this.#operation, detail }),
    );
  }
}
