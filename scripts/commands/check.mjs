/** All that can be known without running the code. */
import { step } from "../bootstrap/step.mjs";
import { build, luaUpToDate, oxfmt, oxlint, packagesAsPublished, tidy } from "./tools.mjs";

const parts = [
  ["lint and types", oxlint],
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

/** Builds, then runs all parts side by side, whatever the others say. Resolves with how many failed. */
export async function check(root) {
  if (!(await passes(root, "build", build))) return 1;
  const passed = await Promise.all(parts.map(([title, part]) => passes(root, title, part)));
  return passed.filter((each) => !each).length;
}

async function passes(root, title, part) {
  try {
    await step(title, () => part(root));
    return true;
  } catch (error) {
    console.log(error.message);
    return false;
  }
}
