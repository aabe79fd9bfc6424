/**
 * After a try that was not won: the token must not stay on any node, else contenders block each other for a TTL. The
 * release goes to every node that granted or may still grant, the silent ones too, right behind the acquire.
 */
import { isUnheard, type Vote } from "../core/vote.ts";
import type { VoteReceiver } from "../node/node.ts";
import type { AcquireOperation, ReleaseOperation } from "../node/operation.ts";
import type { Deadline, Expiring } from "../runtime/deadlines.ts";
import type { NodeSet } from "./nodes.ts";

export interface RollbackRules {
  /**
   * A node whose vote is still out gets its release only if that vote asks for it. For a round that others have refused:
   * most of what is still under way is one more refusal.
   */
  readonly isPatient: boolean;
  readonly timeoutMs: number;
  /** Whether the waiter's places end too: then every node is sent the release, for it may give us the key at any time. */
  readonly endsPlaces?: boolean;
}

/**
 * `onDone` is called once: when nothing more is to be undone, or after `timeoutMs`. A node that had its time in the lost
 * round is sent the release too, but not waited for: a majority that hangs would else cost its caller two node timeouts.
 */
export class Rollback implements VoteReceiver, Expiring {
  readonly abandoned = false;
  readonly #set: NodeSet;
  readonly #release: ReleaseOperation;
  readonly #endsPlaces: boolean;
  /** Of a lock beside others the token is buried where its acquire may yet run: a fencing token would refuse the others. */
  readonly #isBeside: boolean;
  readonly #onDone: () => void;
  /** Nodes whose vote on the acquire is waited for, before it is known whether they need a release. */
  readonly #undecided: Set<number> = new Set();
  /** Nodes whose answer to the release is waited for. */
  readonly #unanswered: Set<number> = new Set();
  /** Set while anything is waited for; not yet while the nodes are being asked. */
  #deadline: Deadline | undefined;

  constructor(
    set: NodeSet,
    acquire: AcquireOperation,
    votes: readonly (Vote | undefined)[],
    { isPatient, timeoutMs, endsPlaces = false }: RollbackRules,
    onDone: () => void,
  ) {
    this.#set = set;
    this.#endsPlaces = endsPlaces;
    this.#release = endsPlaces ? leaveOf(acquire) : releaseOf(acquire);
    this.#isBeside = this.#release.shared !== undefined || this.#release.slots !== undefined;
    this.#onDone = onDone;
    // The tombstone must not refuse our own next try.
    if (acquire.fence > 0) set.fences.note(acquire.fence + 1);
    for (let node = 0; node < set.nodes.length; node++) {
      if (isPatient && votes[node] === undefined) this.#undecided.add(node);
      else this.#undo(node, votes[node]);
    }
    this.#deadline = set.deadlines.set(this, timeoutMs, set.runtime.readClocks().monotonicMs);
    this.#finishIfDone();
  }

  /** A vote on the acquire that came after the round was lost. */
  noteAcquireVote(node: number, vote: Vote): void {
    if (!this.#undecided.delete(node)) return;
    this.#undo(node, vote);
    this.#finishIfDone();
  }

  /** No vote is waited for any more: soon nothing can be sent to who comes with one. */
  hurry(): void {
    const undecided = [...this.#undecided];
    this.#undecided.clear();
    for (const node of undecided) this.#undo(node, undefined);
    this.#finishIfDone();
  }

  receive(node: number): void {
    this.#unanswered.delete(node);
    this.#finishIfDone();
  }

  expire(): void {
    this.#deadline = undefined;
    for (const node of this.#unanswered) this.#set.nodes[node]!.overdue();
    this.hurry();
    this.#onDone();
  }

  #undo(node: number, vote: Vote | undefined): void {
    if (!this.#endsPlaces && !mayHold(vote)) return;
    const isAwaited = vote?.outcome !== "unknown" || vote.reason !== "timeout";
    if (isAwaited) this.#unanswered.add(node);
    const release = this.#isBeside && isUnheard(vote) ? { ...this.#release, bury: true } : this.#release;
    this.#set.nodes[node]!.send(release, isAwaited ? this : NO_RECEIVER, node);
  }

  #finishIfDone(): void {
    if (this.#deadline === undefined || this.#unanswered.size + this.#undecided.size > 0) return;
    this.#set.deadlines.meet(this.#deadline);
    this.#deadline = undefined;
    this.#onDone();
  }
}

/**
 * Ends the places of a waiter that gives up. Nothing of it can live on any node afterwards, and what it was given
 * meanwhile goes to the next. The answers are not waited for.
 */
export function leaveLines(set: NodeSet, acquire: AcquireOperation): void {
  const leave = leaveOf(acquire);
  for (const [index, node] of set.nodes.entries()) node.send(leave, NO_RECEIVER, index);
}

const NO_RECEIVER: VoteReceiver = { receive() {}, abandoned: false };

function releaseOf(acquire: AcquireOperation): ReleaseOperation {
  const { keys, token, fence, ttlMs, fenceRetentionMs, shared, permits } = acquire;
  const buryMs = ttlMs + fenceRetentionMs;
  const beside = permits === undefined ? shared && { shared } : { slots: [] };
  return { kind: "release", keys, token, fence, bury: false, announce: false, buryMs, ...beside };
}

function leaveOf(acquire: AcquireOperation): ReleaseOperation {
  return { ...releaseOf(acquire), bury: true, leaves: acquire.place };
}

function mayHold(vote: Vote | undefined): boolean {
  if (vote === undefined || vote.outcome === "granted") return true;
  return vote.outcome === "unknown" && vote.mayHold;
}
