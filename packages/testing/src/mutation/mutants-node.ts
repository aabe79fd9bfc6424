/** Bugs in what a node does: the Lua's, put into the model that specifies it. */
import type { Mutant } from "./mutant.ts";

const VERBS = "testing/src/sim/node-verbs.ts";
const RELEASE = "testing/src/sim/node-release.ts";

export const NODE_MUTANTS: readonly Mutant[] = [
  {
    name: "release without comparing the owner",
    edits: [
      {
        file: RELEASE,
        find: "const had = keys.map((key) => run.text(key) === token);\n",
        replace: "const had = keys.map((key) => run.text(key) !== undefined && token !== undefined);\n",
      },
    ],
  },
  {
    name: "fence check off",
    edits: [{ file: VERBS, find: "if (isStale) return", replace: "if (isStale && fence < 0) return" }],
  },
  {
    name: "tombstone off",
    edits: [{ file: RELEASE, find: "known.buried = fence;", replace: "known.buried = 0 * fence;" }],
    profile: "resend",
  },
  {
    name: "extend may shorten",
    edits: [{ file: VERBS, find: "Math.max(remainingMs, ttlMs)", replace: "ttlMs" }],
  },
  {
    name: "several keys are set while they are checked",
    edits: [
      {
        file: VERBS,
        find: "const holders = keys.map((key) => run.text(key));\n",
        replace:
          "const holders = keys.map((key) => run.text(key));\n  for (const key of holders[0] === undefined ? keys.slice(0, -1) : []) run.set(key, token, operation.ttlMs);\n",
      },
    ],
  },
  {
    name: "extend makes a lost key again",
    edits: [
      {
        file: VERBS,
        find: 'if (lost >= 0) return ["lost", lost];\n',
        replace:
          'if (lost >= 0 && keys.some((key) => (run.keyspace.get(key, run.nowMs)?.text ?? token) !== token)) return ["lost", lost];\n    for (const key of keys) if (run.token(key) === undefined) run.set(key, token, ttlMs);\n',
      },
    ],
    profile: "resend",
  },
];
