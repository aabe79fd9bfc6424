/** Bugs in what a node does: the Lua's, put into the model that specifies it. */
import type { Mutant } from "./mutant.ts";

const VERBS = "testing/src/sim/node-verbs.ts";
const RUN = "testing/src/sim/script-run.ts";

export const NODE_MUTANTS: readonly Mutant[] = [
  {
    name: "release without comparing the owner",
    edits: [
      {
        file: VERBS,
        find: "const isOurs = run.keyspace.get(key, run.nowMs)?.text === token;\n",
        replace: "const isOurs = run.keyspace.get(key, run.nowMs) !== undefined;\n",
      },
    ],
  },
  {
    name: "fence check off",
    edits: [{ file: VERBS, find: "const isStale = fence > 0 && (", replace: "const isStale = fence < 0 && (" }],
  },
  {
    name: "tombstone off",
    edits: [
      {
        file: RUN,
        find: "const tombstone = fence + 1;\n",
        replace: "const tombstone = fence + 1;\n    if (tombstone > 0) return;\n",
      },
    ],
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
        find: "isOurs.push(holder === token);",
        replace: "isOurs.push(holder === token);\n      if (holder === undefined) run.set(key, token, ttlMs);",
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
    profile: "healing",
  },
];
