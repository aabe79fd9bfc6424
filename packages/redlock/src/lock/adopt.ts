/**
 * Taking over a lock that another process acquired. Its validity there means nothing here, where the clocks are others:
 * one extend round shows that the token still holds a quorum, and counts from its own start.
 *
 * Nothing is known here of what was before: a node that came back with an old snapshot may show a key that was released
 * long ago. So its vote is admitted as one on an acquire is.
 */
import { assurance, elapsedMs } from "../core/validity.ts";
import type { ExtendOperation, ShareOperation } from "../node/operation.ts";
import { admit } from "../round/admit.ts";
import { adoptError } from "../errors/explain-held.ts";
import type { NodeSet } from "../round/nodes.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import { Round } from "../round/round.ts";
import { BesideOthers } from "./beside.ts";
import { HeldLock, type LockKeeper } from "./held-lock.ts";
import type { HandedOverLock } from "./lock-json.ts";
import { holdingFrom } from "../core/holding.ts";

/**
 * Resolves with the lock. Rejects with `LockLostError` when a quorum of nodes no longer has the token, with
 * `QuorumUnavailableError` when too few answered. Where connections were lost just now it is asked again, unless `isLast`.
 */
export function adoptLock(
  set: NodeSet,
  keeper: LockKeeper,
  request: AcquireRequest,
  handed: Pick<HandedOverLock, "token" | "rank" | "shared" | "slots">,
  fence: number,
  isLast: boolean = false,
): Promise<HeldLock> {
  const { token, rank, shared, slots } = handed;
  const { ttlMs, nodeTimeoutMs, restartGuardMs } = request.call;
  const { fenceRetentionMs, driftFactor } = set.options;
  // A node may not have heard of the giver's share().
  const isAllShared = shared?.length === request.keys.length;
  const named = { keys: request.keys, token, fence, ttlMs, fenceRetentionMs };
  const extend: ExtendOperation | ShareOperation = isAllShared
    ? { kind: "share", ...named }
    : { kind: "extend", ...named, ...(shared && { shared }), ...(slots && { slots }) };
  return new Promise((resolve, reject) => {
    let heldLock: HeldLock | undefined;
    const round = new Round(
      set,
      {
        onVote(_round, node, vote) {
          const counted = admit(set, restartGuardMs, node, vote);
          heldLock?.noteAcquireVote(node, counted, assured);
          return counted;
        },
        onDecided(_round, decision) {
          const { nodes, independence } = set;
          const holding = holdingFrom(
            round.votes,
            nodes.length,
            set.quorum,
            assured,
            restartGuardMs > 0,
            set.runtime.readClocks(),
          );
          const isHeld = decision === "won" && holding.remainingMs(set.runtime.readClocks()) > 0;
          const conflict = independence.refusal(set.quorum);
          if (!isHeld || conflict !== undefined) {
            const fail = (): void =>
              reject(adoptError(request.resources, round.report(), { conflict, isTooLate: decision === "won" }));
            if (isLast || conflict !== undefined) fail();
            // A client tells of a call that failed before it tells of its connection.
            else set.runtime.afterInput(() => againOnceBack(fail));
            return;
          }
          independence.prove();
          const beside = slots || shared ? new BesideOthers(slots ? { slots } : { shared: shared! }) : undefined;
          if (beside !== undefined) beside.wasShared = isAllShared;
          const operation = { token, fence, place: rank, beside };
          heldLock = new HeldLock(set, keeper, request, operation, holding, round.askedAt);
          heldLock.isAdopted = true;
          heldLock.keepAlive.watch();
          resolve(heldLock);
        },
      },
      set.quorum,
    );
    const againOnceBack = (fail: () => void): void => {
      const leftMs = nodeTimeoutMs - elapsedMs(round.askedAt, set.runtime.readClocks());
      const back = set.comeback.whenBack(leftMs, round.votes);
      if (back === undefined) fail();
      else resolve(back.then(() => adoptLock(set, keeper, request, handed, fence, true)));
    };
    round.waitsForAll = !set.independence.isProved;
    const assured = assurance(round.askedAt, ttlMs, driftFactor);
    round.askAll(extend, nodeTimeoutMs);
  });
}
