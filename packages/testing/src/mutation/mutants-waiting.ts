/** Bugs that break nothing, and make somebody sleep while what he waits for is free. */
import type { Mutant } from "./mutant.ts";

const RELEASE = "testing/src/sim/node-release.ts";
const ACQUISITION = "redlock/src/acquire/acquisition.ts";
const WAITER = "redlock/src/acquire/waiter.ts";
const RELEASE_WATCH = "redlock/src/acquire/release-watch.ts";

export const WAITING_MUTANTS: readonly Mutant[] = [
  {
    name: "a release calls nobody",
    edits: [
      {
        file: RELEASE,
        find: "if (known.hasLine && (isOurs || wereFree[index] === true)) {",
        replace: "if (known.hasLine && fence < 0) {",
      },
      {
        file: RELEASE,
        find: "if (isOurs && operation.announce && !isHanded)",
        replace: "if (isOurs && fence < 0 && !isHanded)",
      },
    ],
    profile: "waiting",
  },
  {
    name: "a waiter that gives up stays in line",
    edits: [
      {
        file: RELEASE,
        find: "operation.leaves !== undefined && leaveLine(",
        replace: "operation.leaves !== undefined && fence < 0 && leaveLine(",
      },
    ],
    profile: "waiting",
  },
  {
    name: "listens after the try, and does not try again",
    edits: [{ file: WAITER, find: "if (this.#watch!.isReady) return;\n", replace: "" }],
    profile: "readers waiting",
  },
  {
    name: "hears calls and does not wake",
    edits: [
      { file: RELEASE_WATCH, find: "if (this.#onCall === undefined || !this.isCalled) return;", replace: "return;" },
      { file: RELEASE_WATCH, find: "this.#wasNoticed = true;\n    this.#onNotice?.();\n", replace: "" },
    ],
    profile: "waiting",
  },
  {
    name: "an abort waits for the back-off",
    edits: [
      { file: ACQUISITION, find: "this.#onCancel?.();\n", replace: "" },
      { file: ACQUISITION, find: "this.#waiter?.giveUp();\n", replace: "" },
    ],
    profile: "calm",
  },
];
