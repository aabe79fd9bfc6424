/** The end of a lock by its holder. */
import { elapsedMs } from "../core/validity.ts";
import type { Vote } from "../core/vote.ts";
import type { ReleaseOperation } from "../node/operation.ts";
import { releaseChannel, trace } from "../observe/tracing.ts";
import { releaseError } from "../errors/explain-held.ts";
import { Round, type RoundRules } from "../round/round.ts";
import type { HeldLock } from "./held-lock.ts";

/**
 * - released: it was held until now.
 * - already-released: by an earlier call.
 * - lost: it had been lost before, so there was nothing to release. What was left of it is deleted all the same.
 * - handed-over: its keys are the receiver's, and were left alone.
 */
export type ReleaseOutcome = "released" | "already-released" | "lost" | "handed-over";

/**
 * Ends the lock at the call, before any reply, and deletes its keys wherever they may be. Resolves when a quorum of
 * nodes has confirmed; the others were asked at the same time. Rejects with `QuorumUnavailableError` when too few
 * confirmed within the node timeout; the nodes that could be reached are free then.
 */
export function releaseLock(heldLock: HeldLock): Promise<ReleaseOutcome> {
  if (heldLock.state === "handed-over") return Promise.resolve("handed-over");
  if (heldLock.remainingMs() === 0) {
    if (heldLock.state === "released") return Promise.resolve("already-released");
    heldLock.end("released");
    // The caller does not wait for it: the lock has ended, this only frees the nodes before the TTL does.
    heldLock.set.gate.enter((leave) => void new Releasing(heldLock, 0, leave));
    return Promise.resolve("lost");
  }
  heldLock.end("released");
  if (!releaseChannel.hasSubscribers) return release(heldLock);
  const subject = { resources: heldLock.request.resources, ttlMs: heldLock.ttlMs };
  const { publisher } = heldLock.set.reporter;
  return trace(
    releaseChannel,
    publisher,
    subject,
    () => release(heldLock),
    (outcome) => ({ outcome }),
  );
}

/** Ends a lock whose `Redlock` is closed. The holder is told before the nodes are. */
export async function closeLock(heldLock: HeldLock): Promise<void> {
  heldLock.told.note("its Redlock was closed");
  heldLock.told.tell();
  await releaseLock(heldLock);
}

function release(heldLock: HeldLock): Promise<ReleaseOutcome> {
  return new Promise((resolve, reject) => {
    heldLock.set.gate.enter((leave) => {
      void new Releasing(heldLock, leftToHoldMs(heldLock), (outcome) => {
        leave();
        if (typeof outcome === "string") resolve(outcome);
        else reject(outcome);
      });
    });
    // The next of this process begins now, so that its acquire travels right behind the release.
    heldLock.onEnd?.();
  });
}

/** How much of `minHoldMs` is left, by the holder's clock from before its acquire. */
function leftToHoldMs({ request, acquiredAt, set }: HeldLock): number {
  const { minHoldMs } = request.call;
  if (minHoldMs === 0) return 0;
  return Math.max(0, Math.ceil(minHoldMs - elapsedMs(acquiredAt, set.runtime.readClocks())));
}

class Releasing implements RoundRules {
  readonly #heldLock: HeldLock;
  readonly #onOutcome: (outcome: ReleaseOutcome | Error) => void;
  /** How long the keys are kept from everybody; 0: they are deleted. */
  readonly #keepMs: number;
  #deletedCount = 0;

  constructor(heldLock: HeldLock, keepMs: number, onOutcome: (outcome: ReleaseOutcome | Error) => void) {
    this.#heldLock = heldLock;
    this.#keepMs = keepMs;
    this.#onOutcome = onOutcome;
    const { set, request, token, fence, holding } = heldLock;
    const buryMs = Math.max(heldLock.longestTtlMs, keepMs) + set.options.fenceRetentionMs;
    const release: ReleaseOperation = {
      kind: "release",
      keys: request.keys,
      token,
      fence,
      bury: false,
      announce: true,
      buryMs,
      leaves: heldLock.rank,
      ...(keepMs > 0 && { keepMs }),
      ...heldLock.beside?.terms,
    };
    new Round(set, this, set.quorum).ask((node) => {
      // A node that is not asked counts as done: for what is kept all are asked, and only those count that kept it.
      const isNeedless = !heldLock.isAdopted && !holding.mayHold(node) && heldLock.rank === undefined;
      if (isNeedless && keepMs === 0) return undefined;
      return heldLock.isUnsettledOn(node) ? { ...release, bury: true } : release;
    }, request.call.nodeTimeoutMs);
  }

  onVote(_round: Round, _node: number, vote: Vote): Vote {
    if (vote.outcome !== "granted") return vote;
    this.#deletedCount += vote.deletedCount;
    const isKept = this.#keepMs === 0 || vote.deletedCount === this.#heldLock.request.keys.length;
    return isKept ? vote : { outcome: "refused", reason: "lost", evidence: vote.evidence, resourceIndex: 0 };
  }

  onDecided(round: Round, decision: "won" | "lost"): void {
    const { set, request, fencingToken, acquiredAt } = this.#heldLock;
    if (decision === "lost") {
      set.reporter.meter.releaseFailed();
      this.#onOutcome(releaseError(request.resources, round.report()));
      return;
    }
    const heldMs = set.runtime.readClocks().monotonicMs - acquiredAt.monotonicMs;
    set.reporter.meter.released(heldMs);
    set.reporter.report("released", () => ({ resources: request.resources, fencingToken, heldMs }));
    this.#onOutcome(this.#deletedCount > 0 ? "released" : "lost");
  }
}
