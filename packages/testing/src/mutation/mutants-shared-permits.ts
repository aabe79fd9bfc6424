/** Bugs in what is held beside others: each guard of readers and of permits, taken away. */
import type { Mutant } from "./mutant.ts";

const BESIDE = "testing/src/sim/node-beside.ts";
const HOLDERS = "testing/src/sim/node-holders.ts";
const CALLS = "testing/src/sim/node-calls.ts";
const VERBS = "testing/src/sim/node-verbs.ts";
const PERMITS = "redlock/src/core/permits.ts";
const ATTEMPT = "redlock/src/acquire/attempt.ts";
const HELD_BESIDE = "redlock/src/lock/beside.ts";

export const SHARED_PERMITS_MUTANTS: readonly Mutant[] = [
  {
    name: "readers leave no marker that a plain lock sees",
    edits: [
      {
        file: VERBS,
        find: "const holders = keys.map((key) => run.text(key));\n",
        replace:
          'const holders = keys.map((key) => (run.text(key)?.startsWith("shared ") === true ? undefined : run.text(key)));\n',
      },
    ],
    profile: "readers",
  },
  {
    name: "readers without quorums that meet",
    edits: [
      {
        file: ATTEMPT,
        find: "this.#round = new Round(set, this, set.quorum);",
        replace:
          'this.#round = new Round(set, this, request.hold?.mode === "shared" ? Math.max(1, set.quorum - 1) : set.quorum);',
      },
      {
        file: ATTEMPT,
        find: "const holding = holdingFrom(votes, nodes.length, quorum,",
        replace:
          'const holding = holdingFrom(votes, nodes.length, hold?.mode === "shared" ? Math.max(1, quorum - 1) : quorum,',
      },
    ],
    profile: "readers",
  },
  {
    name: "one TTL for all readers",
    edits: [
      {
        file: HOLDERS,
        find: "new Map([...live, [token, ends]])",
        replace: "new Map([...live.map(([each]) => [each, ends] as const), [token, ends]])",
      },
    ],
    profile: "readers",
  },
  {
    name: "readers do not raise the fence",
    edits: [
      {
        file: BESIDE,
        find: "    each.highest = Math.max(each.highest, fence);\n",
        replace: "    each.highest = Math.max(each.highest, choice === undefined ? 0 : fence);\n",
      },
    ],
    profile: "readers",
  },
  {
    name: "a reader below an earlier writer is let in",
    edits: [
      {
        file: BESIDE,
        find: "if (!isOurs && !isHeal && proposed <= (base ?? fence.highest)) return true;",
        replace: "if (!isOurs && !isHeal && proposed < -(base ?? fence.highest)) return true;",
      },
    ],
    profile: "readers",
  },
  {
    name: "a token that is held beside others is not buried",
    edits: [
      {
        file: BESIDE,
        find: "      buryIn(run, side, token, buryMs);\n",
        replace: "      buryIn(run, side, token, 0 * buryMs);\n",
      },
    ],
    profile: "permits resend",
  },
  {
    name: "share() leaves the exclusive key",
    edits: [
      {
        file: BESIDE,
        find: "if (side.isConverted) beginPeriod(run, side, lifeMs);",
        replace: "if (side.isConverted && lifeMs < 0) beginPeriod(run, side, lifeMs);",
      },
    ],
    profile: "readers waiting",
  },
  {
    name: "who is alone counts as a reader only when that was confirmed",
    edits: [
      {
        file: HELD_BESIDE,
        find: "    this.onShared?.();\n",
        replace: "",
      },
    ],
    profile: "readers waiting",
  },
  {
    name: "what is left of an earlier period is kept",
    edits: [
      {
        file: HOLDERS,
        find: '  run.delete(besideKey(side.fence.key, "holders"));\n  run.delete(besideKey(side.fence.key, "slots"));\n}',
        replace: "}",
      },
    ],
    profile: "any mode",
  },
  {
    name: "the line is passed by readers and permits",
    edits: [
      {
        file: CALLS,
        find: "      if (!fits && !(side.mode",
        replace: "      if (look < 0 && !fits && !(side.mode",
      },
    ],
    profile: "readers waiting",
  },
  {
    name: "nobody is called when the last reader leaves",
    edits: [
      { file: BESIDE, find: "      if (isFree) {\n", replace: "      if (isFree && keepMs !== undefined) {\n" },
      {
        file: BESIDE,
        find: "announce && !isTold) run.publish(",
        replace: "announce && keepMs !== undefined && !isTold) run.publish(",
      },
    ],
    profile: "readers waiting",
  },
  {
    name: "nobody is called when a permit is given back",
    edits: [
      {
        file: BESIDE,
        find: 'else if (side.mode === "permits" && isOurs) callPermits(',
        replace: 'else if (side.mode === "permits" && isOurs && fence < 0) callPermits(',
      },
    ],
    profile: "permits waiting",
  },
  {
    name: "only the first of the readers is called",
    edits: [
      {
        file: CALLS,
        find: '    if (found?.place.how !== "s") return;\n',
        replace: '    if (found?.place.how !== "s" || at >= from) return;\n',
      },
    ],
    profile: "readers waiting",
  },
  {
    name: "a permit that is taken counts as free",
    edits: [{ file: BESIDE, find: "numbers.filter((slot) => !taken.has(slot))", replace: "numbers.slice()" }],
    profile: "permits",
  },
  {
    name: "a permit is given below its latest holder's token",
    edits: [
      {
        file: BESIDE,
        find: "free.filter((slot) => (latest.get(slot)?.fence ?? 0) < fence)",
        replace: "free.filter((slot) => (latest.get(slot)?.fence ?? 0) < Infinity)",
      },
    ],
    profile: "permits",
  },
  {
    name: "the token of a permit falls with a heal",
    edits: [
      {
        file: HOLDERS,
        find: "${Math.max(fence, latest.get(slot)?.fence ?? 0)} ${token}",
        replace: "${fence} ${token}",
      },
    ],
    profile: "permits",
  },
  {
    name: "a heal takes another's permit",
    edits: [
      {
        file: BESIDE,
        find: "slots.every((slot) => (taken.get(slot) ?? token) === token)",
        replace: "slots.every((slot) => taken.get(slot) !== null)",
      },
    ],
    profile: "permits",
  },
  {
    name: "a node that gave other permits counts",
    edits: [
      {
        file: HELD_BESIDE,
        find: "if (this.terms === undefined || !this.isStray(vote)) return vote;",
        replace: "if (this.terms === undefined || vote !== null) return vote;",
      },
    ],
    profile: "permits",
  },
  {
    name: "a node that has other permits extends them",
    edits: [
      {
        file: BESIDE,
        find: "return own.length !== operation.slots!.length || !own.every((slot) => operation.slots!.includes(slot));",
        replace: "return own.length === 0;",
      },
      {
        file: HELD_BESIDE,
        find: 'return vote?.outcome === "granted" && !isSameSlots(vote.slots, terms.slots);',
        replace: "return false;",
      },
    ],
    profile: "permits",
  },
  {
    name: "a permit that was moved keeps its old number",
    edits: [
      {
        file: HOLDERS,
        find: "    if (holder === token) map.set(String(slot), `${latest.get(slot)!.fence} `);\n",
        replace: "",
      },
    ],
    profile: "permits",
  },
  {
    name: "strays are not moved",
    edits: [
      {
        file: "redlock/src/lock/heal.ts",
        find: 'if (heldLock.state === "held" && heldLock.beside.isStray(vote)) sendHeal(',
        replace: 'if (heldLock.state !== "held" && heldLock.beside.isStray(vote)) sendHeal(',
      },
    ],
    profile: "permits waiting",
  },
  {
    name: "permits are counted: any majority will do",
    edits: [
      {
        file: PERMITS,
        find: "  return most !== undefined && most.count >= quorum ? most.slots : undefined;",
        replace: "  return quorum > 0 ? most?.slots : undefined;",
      },
      {
        file: PERMITS,
        find: "const most = countsOf(votes)[0]?.count ?? 0;",
        replace: 'const most = votes.filter((vote) => vote?.outcome === "granted").length;',
      },
      {
        file: HELD_BESIDE,
        find: "if (this.terms === undefined || !this.isStray(vote)) return vote;",
        replace: "if (this.terms === undefined || vote !== null) return vote;",
      },
    ],
    profile: "permits",
  },
];
