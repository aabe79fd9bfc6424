/**
 * More time for a held lock: the same round as acquire, validity counted from its own start. It can only lengthen what
 * is held; it never makes a key, so that a lock which was lost is not revived.
 */
import { newExtendTally } from "../core/holding.ts";
import { assurance, type Assurance } from "../core/validity.ts";
import type { Vote } from "../core/vote.ts";
import type { ExtendOperation, HealOperation } from "../node/operation.ts";
import { extendChannel, trace } from "../observe/tracing.ts";
import { extendError } from "../errors/explain.ts";
import { Round, type RoundRules } from "../round/round.ts";
import type { Tenure } from "./held-lock.ts";
import { doubted } from "../core/uncounted.ts";

/**
 * Resolves when a quorum confirmed. Rejects with `LockLostError` when the lock is lost, with `QuorumUnavailableError`
 * when too few answered; the lock then keeps what validity it has.
 */
export function extendTenure(tenure: Tenure, ttlMs: number): Promise<void> {
  if (tenure.remainingMs() === 0) return Promise.reject(tenure.lossError());
  if (!extendChannel.hasSubscribers) return extend(tenure, ttlMs);
  const subject = { resources: tenure.request.resources, ttlMs };
  return trace(
    extendChannel,
    tenure.set.reporter.publisher,
    subject,
    () => extend(tenure, ttlMs),
    () => ({}),
  );
}

function extend(tenure: Tenure, ttlMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    void new Extension(tenure, ttlMs, (errorOf) => (errorOf === undefined ? resolve() : reject(errorOf())));
  });
}

/**
 * The same for the library itself, which tells nobody why it failed: no error is made where thousands may fail at once.
 */
export function renewTenure(tenure: Tenure, onDone: (isExtended: boolean) => void): void {
  if (!extendChannel.hasSubscribers) {
    void new Extension(tenure, tenure.ttlMs, (errorOf) => onDone(errorOf === undefined));
    return;
  }
  extendTenure(tenure, tenure.ttlMs).then(
    () => onDone(true),
    () => onDone(false),
  );
}

class Extension implements RoundRules {
  readonly #tenure: Tenure;
  readonly #operation: ExtendOperation;
  readonly #onOutcome: (errorOf: (() => Error) | undefined) => void;
  readonly #assured: Assurance;
  readonly #tally = newExtendTally();
  readonly #lostNodes: number[] = [];
  #won = false;

  /** `onOutcome` is called once, with how to make the error where the lock was not extended. */
  constructor(tenure: Tenure, ttlMs: number, onOutcome: (errorOf: (() => Error) | undefined) => void) {
    this.#tenure = tenure;
    this.#onOutcome = onOutcome;
    const { set, request } = tenure;
    tenure.ttlMs = ttlMs;
    tenure.longestTtlMs = Math.max(tenure.longestTtlMs, ttlMs);
    const { fenceRetentionMs, driftFactor } = set.options;
    const { token, fence } = tenure;
    this.#operation = { kind: "extend", keys: request.keys, token, fence, ttlMs, fenceRetentionMs };
    const round = new Round(set, this, set.quorum);
    this.#assured = assurance(round.askedAt, ttlMs, driftFactor);
    round.askAll(this.#operation, Math.min(request.call.nodeTimeoutMs, ttlMs));
  }

  onVote(_round: Round, node: number, vote: Vote): Vote {
    const { set, holding } = this.#tenure;
    if (this.#tenure.state !== "held") return vote;
    if (vote.outcome === "granted") {
      const doubtful = holding.isDoubtful(node);
      holding.confirmExtend(node, this.#assured, this.#tally, set.runtime.readClocks());
      return doubtful ? doubted(vote) : vote;
    }
    if (vote.outcome === "refused" && vote.reason === "lost") {
      holding.disown(node);
      this.#lostNodes.push(node);
      if (holding.remainingMs(set.runtime.readClocks()) === 0) {
        this.#tenure.lose("nodes answered that its keys are gone or someone else's, and too few still have them");
      }
      if (this.#won) this.#heal();
    }
    return vote;
  }

  onDecided(round: Round, decision: "won" | "lost"): void {
    const tenure = this.#tenure;
    if (decision === "won" && tenure.remainingMs() > 0) {
      this.#won = true;
      tenure.failedRound = undefined;
      tenure.vigil.noteExtended(round.askedAt);
      // The process was stopped meanwhile, and the loss is due already.
      if (tenure.state !== "held") {
        this.#onOutcome(() => tenure.lossError());
        return;
      }
      this.#heal();
      const { resources } = tenure.request;
      tenure.set.reporter.meter.extended();
      tenure.set.reporter.report("extended", () => ({ resources, validForMs: tenure.remainingMs() }));
      this.#onOutcome(undefined);
      return;
    }
    tenure.set.reporter.meter.extendFailed();
    const { set, request } = tenure;
    const tookMs = set.runtime.readClocks().monotonicMs - round.askedAt.monotonicMs;
    if (tenure.state === "held") tenure.failedRound = { round, tookMs };
    const leftMs = tenure.remainingMs();
    this.#onOutcome(() => (leftMs > 0 ? extendError(set, request.resources, round, leftMs) : tenure.lossError()));
  }

  /** Makes the keys again on nodes that lost them; they count once a later round has shown that nobody held them. */
  #heal(): void {
    const tenure = this.#tenure;
    if (tenure.state !== "held") return;
    const heal: HealOperation = { ...this.#operation, kind: "heal" };
    for (const node of this.#lostNodes.splice(0)) {
      tenure.holding.markHealSent(node);
      tenure.set.nodes[node]!.send(heal, healReceiver(tenure), node);
    }
  }
}

/** A heal that has not been written when the lock ends must never be. Its vote is of no use: the next round asks. */
function healReceiver(tenure: Tenure): { receive(): void; readonly abandoned: boolean } {
  return {
    receive() {},
    get abandoned() {
      return tenure.state !== "held";
    },
  };
}
