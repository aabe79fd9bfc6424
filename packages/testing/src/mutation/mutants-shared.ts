/** Bugs in what readers share: each guard of them, taken away. */
import type { Mutant } from "./mutant.ts";

const BESIDE = "testing/src/sim/node-beside.ts";
const BESIDE_RELEASE = "testing/src/sim/node-beside-release.ts";
const HOLDERS = "testing/src/sim/node-holders.ts";
const CALLS = "testing/src/sim/node-calls.ts";
const VERBS = "testing/src/sim/node-verbs.ts";
const ATTEMPT = "redlock/src/acquire/attempt.ts";

export const SHARED_MUTANTS: readonly Mutant[] = [
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
        file: BESIDE_RELEASE,
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
        file: "redlock/src/lock/share.ts",
        find: "  heldLock.onShared?.();\n",
        replace: "",
      },
    ],
    profile: "readers waiting",
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
      { file: BESIDE_RELEASE, find: "      if (isFree) {\n", replace: "      if (isFree && keepMs !== undefined) {\n" },
      {
        file: BESIDE_RELEASE,
        find: "announce && !isTold) run.publish(",
        replace: "announce && keepMs !== undefined && !isTold) run.publish(",
      },
    ],
    profile: "readers waiting",
  },
  {
    name: "only the first of the readers is called",
    edits: [
      {
        file: CALLS,
        find: "if (found === undefined || !isSharing(found.place, side.key)) return;",
        replace: "if (found === undefined || at >= from) return;",
      },
    ],
    profile: "readers waiting",
  },
  {
    name: "a key that is read counts as taken for who would read it with others",
    edits: [
      {
        file: "testing/src/sim/node-line.ts",
        find: "if (!isSharing(place, key) || ",
        replace: "if (key !== undefined || !isSharing(place, key) || ",
      },
    ],
    profile: "readers of several",
  },
  {
    name: "who is kept out of one of several keeps others from the rest",
    edits: [
      { file: "testing/src/sim/node-line.ts", find: "if (!isSharing(elder.place, key)) return true;\n", replace: "" },
    ],
    profile: "any mode nested",
  },
];
