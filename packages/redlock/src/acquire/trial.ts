/**
 * A vote on a lock that nobody wants, taken back at once: whether the nodes would grant one now. What `acquire` would say is
 * not guessed from anything else.
 */
import { tokenTail } from "../core/token.ts";
import type { AcquireOperation } from "../node/operation.ts";
import type { AcquireRequest } from "../options/resolve.ts";
import { admitAcquire } from "../round/admit.ts";
import type { NodeSet } from "../round/nodes.ts";
import { Rollback } from "../round/rollback.ts";
import { Round } from "../round/round.ts";

/** The TTL of a trial's key: so long it stays, at most, on a node that cannot be told to take it back. */
const LEFT_MS = 2_000;

/**
 * Resolves with the round when every node has voted, or had its time, and has taken its grant back, or had its time for
 * that too. Never rejects. Nothing is counted as an acquire.
 */
export function tryVotes(set: NodeSet, request: AcquireRequest): Promise<Round> {
  const fence = request.call.fencing ? set.fences.propose(set.runtime.readClocks().wallMs) : 0;
  const operation: AcquireOperation = {
    kind: "acquire",
    keys: request.keys,
    token: set.runtime.newToken(tokenTail(fence, set.runtime.label)),
    fence,
    ttlMs: LEFT_MS,
    fenceRetentionMs: LEFT_MS,
    place: undefined,
  };
  const timeoutMs = request.call.nodeTimeoutMs;
  return new Promise((resolve) => {
    const round = new Round(
      set,
      {
        onVote(own, node, vote) {
          return admitAcquire(set, request.call.restartGuardMs, node, vote, own.votes[node] === undefined);
        },
        onDecided(own) {
          own.isGivenUp = true;
          void new Rollback(set, operation, own.votes, { isPatient: false, timeoutMs }, () => resolve(own));
        },
      },
      Infinity,
    );
    round.askAll(operation, timeoutMs);
  });
}
