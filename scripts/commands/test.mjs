/** Checks and tests, closed by one line with the sums. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runInView, step } from "../bootstrap/step.mjs";
import { check } from "./check.mjs";
import { build, roomy, tool } from "./tools.mjs";

/** With arguments only the tests that they select run, without the checks. Resolves with the exit code. */
export async function test(root, args) {
  const failedChecks = args.length === 0 ? await check(root) : await buildOnly(root);
  const report = join(root, ".cache", "test-report.json");
  await mkdir(join(root, ".cache"), { recursive: true });
  await rm(report, { force: true });
  const vitest = await tool(root, "vitest", "run", ...args);
  const skipped = join(root, "scripts", "commands", "skipped.mjs");
  const reporters = ["default", "json", skipped].map((name) => `--reporter=${name}`);
  reporters.push(`--outputFile.json=${report}`);
  // Tests that need what is built have it built where they are run alone; and some run the compiler.
  const env = { ...roomy(), QUORATE_BUILT: "1" };
  const code = await runInView([...vitest, ...reporters], { cwd: root, env });

  const sums = await sumUp(report);
  sums.failed += failedChecks;
  // An error outside of every test, or no report at all: the run failed although no test did.
  if (code !== 0 && sums.failed === 0) sums.failed = 1;
  console.log(`\n${closingLine(sums)}`);
  return sums.failed === 0 ? 0 : 1;
}

async function buildOnly(root) {
  try {
    await step("build", () => build(root));
    return 0;
  } catch (error) {
    console.log(error.message);
    return 1;
  }
}

async function sumUp(report) {
  const text = await readFile(report, "utf8").catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 0, skipped: 0 };
  const { testResults, numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(text);
  // A file that does not even load has no failed test.
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((each) => each.status === "failed"),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + brokenFiles.length,
    skipped: numPendingTests + numTodoTests,
  };
}

/** "12 passed, 0 failed": what every `npm test` ends with. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
