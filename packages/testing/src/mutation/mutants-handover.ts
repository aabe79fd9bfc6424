/** Bugs in handing the lock over inside the release: each guard of it, taken away. */
import type { Mutant } from "./mutant.ts";

const STANDING = "redlock/src/core/standing.ts";
const SENDS = "redlock/src/core/sends.ts";
const VERBS = "testing/src/sim/node-verbs.ts";
const RELEASE = "testing/src/sim/node-release.ts";
const ROLLBACK = "redlock/src/round/rollback.ts";
const ACQUISITION = "redlock/src/acquire/acquisition.ts";
const LOCK_RELEASE = "redlock/src/lock/release.ts";

export const HANDOVER_MUTANTS: readonly Mutant[] = [
  {
    name: "a waiter's token is never drawn anew",
    edits: [
      {
        file: SENDS,
        find: "return elapsedMs(this.drawnAt, at) <= this.#fenceRetentionMs * FRESH_PART;",
        replace: "return elapsedMs(this.drawnAt, at) * FRESH_PART < Infinity && this.#fenceRetentionMs > 0;",
      },
    ],
    profile: "short fences",
  },
  {
    name: "a hand-over counts from the latest send, not from the one that it names",
    edits: [
      {
        file: SENDS,
        find: "return this.#sent.get(number);",
        replace: "return this.#sent.get(number) && this.#sent.get(this.#latest);",
      },
    ],
    profile: "slow",
  },
  {
    name: "a hand-over counts for the TTL, not for its claim",
    edits: [
      {
        file: STANDING,
        find: "told.fence, this.terms.claimMs, evidence",
        replace: "told.fence, this.terms.ttlMs, evidence",
      },
    ],
    profile: "waiting",
  },
  {
    name: "a hand-over counts however young the node's memory is",
    edits: [
      {
        file: STANDING,
        find: "|| !this.terms.isAdmitted(node, evidence)) return;",
        replace: "|| (this.terms.nodeCount < 0 && !this.terms.isAdmitted(node, evidence))) return;",
      },
    ],
    profile: "restarts",
  },
  {
    name: "hand-overs under several fencing tokens make a quorum",
    edits: [
      {
        file: STANDING,
        find: "const count = (counts.get(grant.fence) ?? 0) + 1;",
        replace: "const count = (counts.get(0) ?? 0) + 1;",
      },
      { file: STANDING, find: "counts.set(grant.fence, count);", replace: "counts.set(0, count);" },
    ],
    profile: "waiting",
  },
  {
    name: "the next holder gets the fencing token of the one before",
    edits: [
      { file: RELEASE, find: "Math.max(place.fence, ended + 1)", replace: "Math.min(fence.highest, ended)" },
      { file: RELEASE, find: "place.claimMs > 0 && next > fence.highest &&", replace: "place.claimMs > 0 &&" },
    ],
    profile: "waiting",
  },
  {
    name: "a key that is ours is granted again under a lower fencing token",
    edits: [
      {
        file: VERBS,
        find: "let isStale = fence > 0 && fence < highest;",
        replace: "let isStale = !isRepeat && fence > 0 && fence < highest;",
      },
    ],
    profile: "waiting",
  },
  {
    name: "who gives up buries nothing",
    edits: [{ file: ROLLBACK, find: "bury: true, leaves: acquire.place }", replace: "leaves: acquire.place }" }],
    profile: "resend",
  },
  {
    name: "a holder that waited buries nothing where a send was never answered",
    edits: [
      {
        file: LOCK_RELEASE,
        find: "heldLock.isUnsettledOn(node) ?",
        replace: "heldLock.isUnsettledOn(node) && node < 0 ?",
      },
    ],
    profile: "resend",
  },
  {
    name: "an acquire behind its tombstone stands in line",
    edits: [
      {
        file: VERBS,
        find: "if (fence > 0 && fence <= buried) return",
        replace: "if (fence < 0 && fence <= buried) return",
      },
    ],
    profile: "resend",
  },
  {
    name: "a token that was rolled back is stood in line with again",
    edits: [
      {
        file: ACQUISITION,
        find: "if (outcome.isRolledBack) this.#waiter?.position.endStanding();",
        replace: "if (outcome.isRolledBack && this.#roundCount < 0) this.#waiter?.position.endStanding();",
      },
    ],
    profile: "waiting",
  },
];
