/** Bugs in how a round is won, lost and rolled back. */
import type { Mutant } from "./mutant.ts";

const QUORUM = "redlock/src/core/quorum.ts";
const GUARD = "redlock/src/round/admit.ts";
const FENCING = "redlock/src/core/token.ts";
const ATTEMPT = "redlock/src/acquire/attempt.ts";
const ROLLBACK = "redlock/src/round/rollback.ts";
const ROUND = "redlock/src/round/round.ts";
const ACQUISITION = "redlock/src/acquire/acquisition.ts";
const HELD_LOCK = "redlock/src/lock/held-lock.ts";
const EXTEND = "redlock/src/lock/extend.ts";
const NODE = "redlock/src/node/batching-node.ts";
const WRITER = "redlock/src/node/writer.ts";

export const ROUND_MUTANTS: readonly Mutant[] = [
  {
    name: "quorum of floor(N/2)",
    edits: [{ file: QUORUM, find: "Math.floor(nodeCount / 2) + 1", replace: "Math.max(1, Math.floor(nodeCount / 2))" }],
  },
  {
    name: "quorum over the nodes that answered",
    edits: [
      {
        file: ROUND,
        find: "decide(nodeCount, this.#needed,",
        replace:
          'decide(nodeCount, Math.floor(this.votes.filter((vote) => vote !== undefined && vote.outcome !== "unknown").length / 2) + 1,',
      },
    ],
  },
  {
    name: "one node counted twice",
    edits: [{ file: ROUND, find: "this.#grantedCount++;", replace: "this.#grantedCount += node === 0 ? 2 : 1;" }],
  },
  {
    name: "guard off",
    profile: "restarts",
    edits: [{ file: GUARD, find: "guardMs === 0 ? 0 :", replace: "guardMs >= 0 ? 0 :" }],
  },
  {
    name: "rollback only where a yes was seen",
    edits: [
      {
        file: ROLLBACK,
        find: 'if (vote === undefined || vote.outcome === "granted") return true;\n',
        replace:
          'if (vote === undefined || vote.outcome !== "unknown") return vote?.outcome === "granted";\n  if (vote !== null) return false;\n',
      },
    ],
  },
  {
    name: "no rollback between tries (own retry blocked)",
    edits: [
      {
        file: ROLLBACK,
        find: "if (!this.#endsPlaces && !mayHold(vote)) return;",
        replace: "if (!this.#endsPlaces || !mayHold(vote) || this.#unanswered.size >= 0) return;",
      },
    ],
  },
  {
    name: "token used again by a retry",
    edits: [
      {
        file: ATTEMPT,
        find: "return { token: runtime.newToken(tokenTail(fence, label)), fence,",
        replace:
          "return { token: ((this.#request as { token?: string }).token ??= runtime.newToken(tokenTail(fence, label))), fence,",
      },
    ],
  },
  {
    name: "a signal drops a lock that was won",
    edits: [
      {
        file: ACQUISITION,
        find: "await releaseLock(won).catch(() => {});",
        replace: 'won.end("released");',
      },
      {
        file: ATTEMPT,
        find: 'if (this.#heldLock === undefined) this.#fail("abandoned", "");',
        replace: "",
      },
    ],
    profile: "tidy",
  },
  {
    name: "a late grant counts from its arrival",
    edits: [
      {
        file: HELD_LOCK,
        find: "noteVote(this.holding, node, counted, assured, this",
        replace: "noteVote(this.holding, node, counted, { ...assured, askedAt: this.set.runtime.readClocks() }, this",
      },
    ],
    profile: "network",
  },
  {
    name: "fencing tokens counted, without the wall clock",
    edits: [
      {
        file: FENCING,
        find: "Math.max(Math.floor(wallMs * 1000), highestSeen + 1)",
        replace: "highestSeen + 1 + 0 * wallMs",
      },
    ],
    profile: "short fences",
  },
  {
    name: "releases are not owed to a node that is away",
    edits: [
      {
        file: WRITER,
        find: "    this.owed.add(operation);\n",
        replace: "",
      },
    ],
  },
  {
    name: "extends only the first key of several",
    edits: [
      {
        file: EXTEND,
        find: 'this.#operation = { kind: "extend", ...named, ...beside?.terms }',
        replace: 'this.#operation = { kind: "extend", ...named, keys: request.keys.slice(0, 1), ...beside?.terms }',
      },
    ],
  },
  {
    name: "a connection is closed before what was written is answered",
    edits: [
      {
        file: NODE,
        find: "if (!isSilent) await this.#writer.inFlight.answered(",
        replace: "if (isSilent) await this.#writer.inFlight.answered(",
      },
    ],
    profile: "closing",
  },
  {
    name: "who waits is not told that its Redlock is closed",
    edits: [
      {
        file: "redlock/src/acquire/context.ts",
        find: "for (const waiting of [...this.underWay, ...this.followers]) waiting.close();",
        replace: "for (const waiting of this.followers) waiting.close();",
      },
    ],
    profile: "closing",
  },
];
