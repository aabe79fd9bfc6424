/**
 * Taking over a lock that another process acquired. Its validity there means nothing here, where the clocks are others:
 * one extend round shows that the token still holds a quorum, and counts from its own start.
 */
import { assurance } from "../core/validity.ts";
import type { ExtendOperation } from "../node/operation.ts";
import { adoptError } from "./explain.ts";
import type { NodeSet } from "./node-set.ts";
import type { AcquireRequest } from "./request.ts";
import { Round } from "./round.ts";
import { Tenure } from "./tenure.ts";
import { holdingFrom } from "./won-round.ts";

/**
 * Resolves with the lock. Rejects with `LockLostError` when a quorum of nodes no longer has the token, with
 * `QuorumUnavailableError` when too few answered.
 */
export function adoptTenure(set: NodeSet, request: AcquireRequest, token: string, fence: number): Promise<Tenure> {
  const { ttlMs, nodeTimeoutMs } = request.call;
  const { fenceRetentionMs, driftFactor } = set.options;
  const operation: ExtendOperation = {
    kind: "extend",
    keys: request.keys,
    token,
    fence,
    ttlMs,
    fenceRetentionMs,
  };
  return new Promise((resolve, reject) => {
    let tenure: Tenure | undefined;
    const round = new Round(
      set,
      {
        onVote(_round, node, vote) {
          tenure?.noteAcquireVote(node, vote, assured);
          return vote;
        },
        onDecided(_round, decision) {
          const { length } = set.nodes;
          const holding = holdingFrom(round, length, set.quorum, assured, set.runtime.readClocks());
          if (decision === "lost" || holding.remainingMs(set.runtime.readClocks()) === 0) {
            reject(adoptError(set, request.resources, round));
            return;
          }
          tenure = new Tenure(set, request, { token, fence }, holding, round.askedAt);
          tenure.isHandedOver = true;
          tenure.vigil.watch();
          resolve(tenure);
        },
      },
      set.quorum,
    );
    const assured = assurance(round.askedAt, ttlMs, driftFactor);
    round.askAll(operation, nodeTimeoutMs);
  });
}
