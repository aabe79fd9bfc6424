/** Bugs in how long a lock is believed in. */
import type { Mutant } from "./mutant.ts";

const VALIDITY = "redlock/src/core/validity.ts";
const HOLDING = "redlock/src/core/holding.ts";
const ATTEMPT = "redlock/src/acquire/attempt.ts";
const EXTEND = "redlock/src/lock/extend.ts";
const KEEP_ALIVE = "redlock/src/lock/keep-alive.ts";
const HELD_LOCK = "redlock/src/lock/held-lock.ts";

const THREE_CLOCKS = "Math.max(monotonicMs, now.wallMs - since.wallMs, bootMs, 0)";

export const VALIDITY_MUTANTS: readonly Mutant[] = [
  {
    name: "wall clock only",
    edits: [{ file: VALIDITY, find: THREE_CLOCKS, replace: "Math.max(now.wallMs - since.wallMs, 0 * bootMs)" }],
  },
  {
    name: "monotonic clock only",
    edits: [{ file: VALIDITY, find: THREE_CLOCKS, replace: "Math.max(monotonicMs, -Math.abs(bootMs))" }],
  },
  {
    name: "no drift",
    edits: [{ file: VALIDITY, find: "Math.round(ttlMs * driftFactor) + 2", replace: "0 * (ttlMs + driftFactor)" }],
  },
  {
    name: "validity counted from the reply",
    edits: [
      {
        file: ATTEMPT,
        find: "this.#assured = assurance(round.askedAt,",
        replace: "this.#assured = assurance(runtime.readClocks(),",
      },
    ],
  },
  {
    name: "extended validity counted from the reply",
    edits: [
      {
        file: EXTEND,
        find: "holding.confirmExtend(node, this.#assured, ",
        replace: "holding.confirmExtend(node, { ...this.#assured, askedAt: set.runtime.readClocks() }, ",
      },
    ],
  },
  {
    name: "no validity check after a won round",
    edits: [
      { file: ATTEMPT, find: "if (remainingMs <= safetyMarginMs) {", replace: "if (remainingMs === safetyMarginMs) {" },
    ],
  },
  {
    name: "the largest instead of the M-th largest bound",
    edits: [{ file: VALIDITY, find: "largestFirst[quorum - 1]", replace: "largestFirst[0 * quorum]" }],
  },
  {
    name: "one node's confirmation extends all",
    edits: [
      {
        file: HOLDING,
        find: "if (isOriginal) tally.originalCount++;\n",
        replace: "if (isOriginal) this.#assurances.fill(assured);\n    if (isOriginal) tally.originalCount++;\n",
      },
    ],
  },
  {
    name: "a healed node counts at once",
    profile: "repairs",
    edits: [
      { file: HOLDING, find: "const isOriginal = !this.isDoubtful(node);", replace: "const isOriginal = node >= 0;" },
      { file: HOLDING, find: "    if (this.isDoubtful(node)) return;\n", replace: "" },
      { file: HOLDING, find: "    if (this.isDoubtful(node)) return false;\n", replace: "" },
      {
        file: EXTEND,
        find: "isOriginal ? counted : doubted(counted)",
        replace: "isOriginal ? counted : (doubted(counted), counted)",
      },
    ],
  },
  {
    name: "loss is not sticky, extend revives",
    edits: [
      { file: HOLDING, find: "    this.#lost = true;\n    return 0;", replace: "    return 0;" },
      {
        file: HELD_LOCK,
        find: 'if (remainingMs === 0) this.lose(this.keepAlive.explainLoss("its validity ended", now));\n',
        replace: "",
      },
      {
        file: EXTEND,
        find: "if (heldLock.remainingMs() === 0) return Promise.reject(heldLock.told.error());\n",
        replace: "",
      },
      { file: KEEP_ALIVE, find: "if (leftMs <= 0) {", replace: "if (leftMs <= -1e9) {" },
    ],
  },
  {
    name: "loss timer off",
    edits: [
      {
        file: KEEP_ALIVE,
        find: "const nextMs = extendInMs > 0 ? Math.min(leftMs, extendInMs) : leftMs;",
        replace: "const nextMs = extendInMs > 0 && extendInMs < Infinity ? extendInMs : 1e9;",
      },
    ],
  },
];
