/**
 * More time for a held lock: the same round as acquire, validity counted from its own start. It can only lengthen what
 * is held; it never makes a key, so that a lock which was lost is not revived.
 */
import { newExtendTally } from "../core/holding.ts";
import { assurance, type Assurance } from "../core/validity.ts";
import type { Vote } from "../core/vote.ts";
import type { ExtendOperation, ShareOperation } from "../node/operation.ts";
import { extendChannel, trace } from "../observe/tracing.ts";
import { extendError } from "../errors/explain-held.ts";
import { Round, type RoundRules } from "../round/round.ts";
import { sendHeal } from "./heal.ts";
import type { HeldLock } from "./held-lock.ts";
import { doubted } from "../core/uncounted.ts";
import { checkGuarded } from "../options/check.ts";
import { admit } from "../round/admit.ts";

/**
 * Resolves when a quorum confirmed. Rejects with `LockLostError` when the lock is lost, with `QuorumUnavailableError`
 * when too few answered, with `RangeError` for a TTL beyond the restart guard; the lock then keeps what validity it has.
 */
export function extendLock(heldLock: HeldLock, ttlMs: number): Promise<void> {
  if (heldLock.remainingMs() === 0) return Promise.reject(heldLock.told.error());
  if (!extendChannel.hasSubscribers) return extend(heldLock, ttlMs);
  const subject = { resources: heldLock.request.resources, ttlMs };
  return trace(
    extendChannel,
    heldLock.set.reporter.publisher,
    subject,
    () => extend(heldLock, ttlMs),
    () => ({}),
  );
}

function extend(heldLock: HeldLock, ttlMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    coverTtl(heldLock, ttlMs);
    // Never shorter than it was acquired for: of a hand-over there is only its claim yet.
    const grownMs = heldLock.keepAlive.isClaim ? Math.max(ttlMs, heldLock.request.call.ttlMs) : ttlMs;
    heldLock.set.gate.enter((leave) => {
      const end = (errorOf: (() => Error) | undefined): void => {
        leave();
        if (errorOf === undefined) resolve();
        else reject(errorOf());
      };
      if (heldLock.remainingMs() === 0) end(() => heldLock.told.error());
      else void new Extension(heldLock, grownMs, end);
    });
  });
}

/**
 * The lock is to live for so long: so long a node must remember it before others count that node again. Throws
 * `RangeError` where their guard is known to be shorter; where it is taken from their own TTLs, it is to be set.
 */
function coverTtl(heldLock: HeldLock, ttlMs: number): void {
  const { ttlMs: usualTtlMs, mostTtlMs } = heldLock.request.call;
  checkGuarded(ttlMs, mostTtlMs);
  if (ttlMs <= heldLock.guardMs || heldLock.guardMs === 0) return;
  heldLock.guardMs = ttlMs;
  heldLock.set.reporter.warnOnce(
    "RESTART_GUARD_SHORT",
    `A lock of ${usualTtlMs} ms is extended to ${ttlMs} ms, and the restart guard of those who lock for less is shorter ` +
      "than that: set restartGuardMs, everywhere, to the longest TTL in use.",
  );
}

/**
 * The same for the library itself, which needs no reason for a failure: no error is made where thousands may fail at once.
 */
export function renewLock(heldLock: HeldLock, onDone: (isExtended: boolean) => void): void {
  if (!extendChannel.hasSubscribers) {
    void new Extension(heldLock, heldLock.ttlMs, (errorOf) => onDone(errorOf === undefined));
    return;
  }
  extendLock(heldLock, heldLock.ttlMs).then(
    () => onDone(true),
    () => onDone(false),
  );
}

class Extension implements RoundRules {
  readonly #heldLock: HeldLock;
  readonly #operation: ExtendOperation | ShareOperation;
  readonly #onOutcome: (errorOf: (() => Error) | undefined) => void;
  readonly #assured: Assurance;
  readonly #tally = newExtendTally();
  readonly #lostNodes: number[] = [];
  readonly #turn: number;
  #won = false;
  #grantedCount = 0;
  #wantedCount = 0;

  /** `onOutcome` is called once, with how to make the error where the lock was not extended. */
  constructor(heldLock: HeldLock, ttlMs: number, onOutcome: (errorOf: (() => Error) | undefined) => void) {
    this.#heldLock = heldLock;
    this.#onOutcome = onOutcome;
    const { set, request } = heldLock;
    this.#turn = heldLock.nextExtendTurn();
    heldLock.longestTtlMs = Math.max(heldLock.longestTtlMs, ttlMs);
    const { fenceRetentionMs, driftFactor } = set.options;
    const { token, fence } = heldLock;
    const named = { keys: request.keys, token, fence, ttlMs, fenceRetentionMs };
    const { beside } = heldLock;
    if (beside?.wasShared === true) this.#operation = { kind: "share", ...named };
    else this.#operation = { kind: "extend", ...named, ...beside?.terms };
    const round = new Round(set, this, set.quorum);
    this.#assured = assurance(round.askedAt, ttlMs, driftFactor);
    round.askAll(this.#operation, Math.min(request.call.nodeTimeoutMs, ttlMs));
  }

  /** A lock that has ended, above all one that another process holds now, is not extended by what waited here. */
  get isOver(): boolean {
    return this.#heldLock.state !== "held";
  }

  onVote(_round: Round, node: number, vote: Vote): Vote {
    const heldLock = this.#heldLock;
    const { set, holding } = heldLock;
    if (heldLock.state !== "held") return vote;
    const counted = admit(set, heldLock.guardMs, node, vote, holding);
    if (counted.outcome === "granted") {
      this.#grantedCount++;
      if (counted.isWanted === true) this.#wantedCount++;
      const { evidence } = counted;
      const isOriginal = holding.confirmExtend(node, this.#assured, evidence, this.#tally, set.runtime.readClocks());
      return isOriginal ? counted : doubted(counted);
    }
    if (counted.outcome === "unknown" && counted.reason === "restarted") holding.markDoubtful(node);
    if (vote.outcome === "refused" && vote.reason === "lost") {
      holding.disown(node);
      this.#lostNodes.push(node);
      if (holding.remainingMs(set.runtime.readClocks()) === 0) {
        heldLock.lose({
          reason: "keys-gone",
          detail: "nodes answered that its keys are gone or someone else's, and too few still have them",
        });
      }
      if (this.#won) this.#heal();
      // Less may be left of it than its timer was set for.
      heldLock.keepAlive.watch();
    }
    return counted;
  }

  onDecided(round: Round, decision: "won" | "lost"): void {
    const heldLock = this.#heldLock;
    if (decision === "won" && heldLock.remainingMs() > 0) {
      this.#won = true;
      heldLock.failedRound = undefined;
      heldLock.noteGranted(this.#operation.ttlMs, this.#turn);
      heldLock.keepAlive.noteExtended(round.askedAt);
      // The process was stopped meanwhile, and the loss is due already.
      if (heldLock.state !== "held") {
        this.#onOutcome(() => heldLock.told.error());
        return;
      }
      this.#heal();
      const { resources } = heldLock.request;
      this.#noteWanted();
      heldLock.set.reporter.meter.extended();
      heldLock.set.reporter.report("extended", () => ({ resources, validForMs: heldLock.remainingMs() }));
      this.#onOutcome(undefined);
      return;
    }
    heldLock.set.reporter.meter.extendFailed();
    const { request } = heldLock;
    const report = round.report();
    if (heldLock.state === "held") heldLock.failedRound = report;
    const leftMs = heldLock.remainingMs();
    this.#onOutcome(() => (leftMs > 0 ? extendError(request.resources, report, leftMs) : heldLock.told.error()));
  }

  /** Wanted, if most nodes that granted say so: a waiter stands on all that refused it, a place left behind on few. */
  #noteWanted(): void {
    const heldLock = this.#heldLock;
    const isWanted = this.#wantedCount * 2 > this.#grantedCount;
    const isNew = isWanted && !heldLock.isWanted;
    heldLock.isWanted = isWanted;
    const { resources } = heldLock.request;
    if (isNew) heldLock.set.reporter.report("wanted", () => ({ resources, fencingToken: heldLock.fencingToken }));
  }

  /** Makes the keys again on nodes that lost them; they count once a later round has shown that no other lock had them. */
  #heal(): void {
    const heldLock = this.#heldLock;
    if (heldLock.state !== "held") return;
    for (const node of this.#lostNodes.splice(0)) sendHeal(heldLock, node, this.#operation.ttlMs);
  }
}
