/** A temporary folder for one test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Its path; it is removed with all that is in it when the test has ended. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "redlock-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
