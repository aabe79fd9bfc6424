/** Making a lock's keys again on a node that lost them, or gave other permits than most. */
import type { Vote } from "../core/vote.ts";
import type { HealOperation } from "../node/operation.ts";
import type { HeldLock } from "./held-lock.ts";

/** What it made counts once a later round has shown that no other lock had it in between. */
export function sendHeal(heldLock: HeldLock, node: number, ttlMs: number): void {
  const { set, request, token, fence, holding, beside } = heldLock;
  const { fenceRetentionMs } = set.options;
  const heal: HealOperation = {
    kind: "heal",
    keys: request.keys,
    token,
    fence,
    ttlMs,
    fenceRetentionMs,
    ...beside?.terms,
  };
  holding.markHealSent(node);
  set.nodes[node]!.send(heal, healReceiver(heldLock), node);
}

/** A vote on the acquire of a lock beside others: a node that gave other permits than the quorum is told to move now. */
export function noteBeside(heldLock: HeldLock, node: number, vote: Vote | undefined): void {
  const { beside } = heldLock;
  beside?.noteHeard(node, vote);
  if (heldLock.state === "held" && beside?.isStray(vote) === true) sendHeal(heldLock, node, heldLock.ttlMs);
}

/** A heal that has not been written when the lock ends must never be. Its vote is of no use: the next round asks. */
function healReceiver(heldLock: HeldLock): { receive(): void; readonly abandoned: boolean } {
  return {
    receive() {},
    get abandoned() {
      return heldLock.state !== "held";
    },
  };
}
