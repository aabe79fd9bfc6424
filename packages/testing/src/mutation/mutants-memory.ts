/** Bugs in what is believed of a node's memory: rules that earlier versions lacked, or asked for at the entrances only. */
import type { Mutant } from "./mutant.ts";

const HOLDING = "redlock/src/core/holding.ts";
const EXTEND = "redlock/src/lock/extend.ts";
const LIFE = "testing/src/sim/life-model.ts";

const ANY_LIFE = {
  file: HOLDING,
  find: "admitted !== undefined && (admitted === life || !this.#isGuarded)",
  replace: "admitted !== undefined && (life !== null || !this.#isGuarded)",
};

export const MEMORY_MUTANTS: readonly Mutant[] = [
  {
    name: "the guard is asked at acquire and adopt only",
    edits: [
      ANY_LIFE,
      {
        file: EXTEND,
        find: "const counted = admit(set, heldLock.guardMs, node, vote, holding);",
        replace: "const counted = node < 0 ? admit(set, heldLock.guardMs, node, vote, holding) : vote;",
      },
    ],
    profile: "another life",
  },
  {
    name: "the process's age is taken for the memory's",
    edits: [
      {
        file: LIFE,
        find: "Math.min(run.nowMs - kept.bornMs, uptimeSeconds < 0 ? Infinity : (uptimeSeconds + 1) * 1000)",
        replace: "Math.max(run.nowMs - kept.bornMs, (uptimeSeconds - 1) * 1000)",
      },
    ],
    profile: "new process",
  },
  {
    name: "a known life is confirmed without a look at the record",
    edits: [
      {
        file: LIFE,
        find: "run.keyspace.get(recordKey, run.nowMs)?.text === known && ",
        replace: "",
      },
    ],
  },
];
