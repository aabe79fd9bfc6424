/** All that can be known without running the code. */
import { step } from "../bootstrap/step.mjs";
import { build, luaUpToDate, oxfmt, oxlint, packagesAsPublished, tidy, typeCheck } from "./tools.mjs";

const parts = [
  ["build", build],
  ["types of the tests", typeCheck],
  ["lint", oxlint],
  ["format (mend with: npm run format)", (root) => oxfmt(root, ["--check"])],
  ["Lua embedding", luaUpToDate],
  ["API reference (mend with: npm run reference)", referenceUpToDate],
  ["packages as published", packagesAsPublished],
  ["tidy", tidy],
];

/** Loaded when it is wanted: it needs what is installed only by then. */
async function referenceUpToDate() {
  await (await import("../release-api.mjs")).referenceUpToDate();
}

/** Runs every part, whatever the others say, and resolves with how many failed. */
export async function check(root) {
  let failed = 0;
  for (const [title, part] of parts) {
    try {
      await step(title, () => part(root));
    } catch (error) {
      failed++;
      console.log(error.message);
    }
  }
  return failed;
}
