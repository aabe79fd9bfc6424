/** Bugs in what a node does: the Lua's, put into the model that specifies it. */
import type { Mutant } from "./mutant.ts";

const MODEL = "testing/src/sim/node-model.ts";

export const NODE_MUTANTS: readonly Mutant[] = [
  {
    name: "release without comparing the owner",
    edits: [
      {
        file: MODEL,
        find: "const isOurs = this.keyspace.get(key, this.#nowMs)?.text === token;\n",
        replace: "const isOurs = this.keyspace.get(key, this.#nowMs) !== undefined;\n",
      },
    ],
  },
  {
    name: "fence check off",
    edits: [{ file: MODEL, find: "const isStale = fence > 0 && (", replace: "const isStale = fence < 0 && (" }],
  },
  {
    name: "tombstone off",
    edits: [
      {
        file: MODEL,
        find: "const tombstone = fence + 1;\n",
        replace: "const tombstone = fence + 1;\n    if (tombstone > 0) return;\n",
      },
    ],
    profile: "resend",
  },
  {
    name: "extend may shorten",
    edits: [{ file: MODEL, find: "Math.max(remainingMs, ttlMs)", replace: "ttlMs" }],
  },
  {
    name: "several keys are set while they are checked",
    edits: [
      {
        file: MODEL,
        find: "isOurs.push(holder === token);",
        replace: "isOurs.push(holder === token);\n      if (holder === undefined) this.#set(key, token, ttlMs);",
      },
    ],
  },
  {
    name: "extend makes a lost key again",
    edits: [
      {
        file: MODEL,
        find: 'if (lost >= 0) return ["lost", lost];\n',
        replace:
          'if (lost >= 0 && keys.some((key) => (this.keyspace.get(key, this.#nowMs)?.text ?? token) !== token)) return ["lost", lost];\n    for (const key of keys) if (this.#token(key) === undefined) this.#set(key, token, ttlMs);\n',
      },
    ],
    profile: "healing",
  },
];
