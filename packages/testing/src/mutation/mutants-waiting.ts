/** Bugs that break nothing, and make somebody sleep while what he waits for is free. */
import type { Mutant } from "./mutant.ts";

const VERBS = "testing/src/sim/node-verbs.ts";
const LINE = "testing/src/sim/line-model.ts";
const ACQUISITION = "redlock/src/acquire/acquisition.ts";
const WAITER = "redlock/src/acquire/waiter.ts";
const ANNOUNCEMENTS = "redlock/src/acquire/announcements.ts";
const OWED = "redlock/src/node/owed-releases.ts";
const REFUSAL = "redlock/src/core/refusal.ts";

export const WAITING_MUTANTS: readonly Mutant[] = [
  {
    name: "a release calls nobody",
    edits: [
      {
        file: VERBS,
        find: "if (!isOwn && (next !== undefined || operation.announce)) run.announce(",
        replace: "if (isOwn && fence < 0) run.announce(",
      },
    ],
    profile: "waiting",
  },
  {
    name: "a waiter that gives up stays in line",
    edits: [
      {
        file: VERBS,
        find: "const places = run.line(key, waiter);\n    if (places === undefined) continue;",
        replace:
          "const places = run.line(key, waiter);\n    if (places === undefined || waiter !== undefined) continue;",
      },
    ],
    profile: "waiting",
  },
  {
    name: "a place in line never ends",
    edits: [
      {
        file: LINE,
        find: "keptUntilMs > nowMs && waiter !== leaver",
        replace: "keptUntilMs > 0 * nowMs && waiter !== leaver",
      },
    ],
    profile: "mixed",
  },
  {
    name: "an owed release keeps its place in line",
    edits: [{ file: OWED, find: "bury: isBuried, place: undefined };", replace: "bury: isBuried };" }],
    profile: "tidy",
  },
  {
    name: "listens after the try, and does not try again",
    edits: [{ file: WAITER, find: "if (this.#watch!.isReady) return;\n", replace: "" }],
    profile: "waiting",
  },
  {
    name: "hears calls and does not wake",
    edits: [
      { file: ANNOUNCEMENTS, find: "if (this.#onCall === undefined || !this.isCalled) return;", replace: "return;" },
      { file: ANNOUNCEMENTS, find: "this.#wasNoticed = true;\n    this.#onNotice?.();\n", replace: "" },
    ],
    profile: "waiting",
  },
  {
    name: "an abort waits for the back-off",
    edits: [
      { file: ACQUISITION, find: "this.#onCancel?.();\n", replace: "" },
      { file: ACQUISITION, find: "this.#waiter.giveUp();\n", replace: "" },
    ],
    profile: "calm",
  },
  {
    // Each by itself costs next to nothing: one node's call wakes too, a moment later.
    name: "a stale token beside a refusal is taken for a held lock, and one node's call for nothing",
    edits: [
      {
        file: REFUSAL,
        find: "if (staleCount > 0 && nodeCount - heldCount >= quorum) return",
        replace: "if (staleCount > 0 && heldCount === 0) return",
      },
      {
        file: WAITER,
        find: "patience = this.#set.runtime.startTimer(PATIENCE_MS * (1 + this.#set.runtime.random()), () => this.wake());",
        replace: "patience = undefined;",
      },
    ],
    profile: "waiting",
  },
];
