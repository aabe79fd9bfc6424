import { spawnSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the entry to the workspace runs where nothing is installed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "redlock-empty-"));
  try {
    await cp(new URL("..", import.meta.url), join(folder, "scripts"), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, [join(folder, "scripts/run.mjs"), "no-such-command"], {
      encoding: "utf8",
    });
    expect(stderr).toMatch(/^Usage: /);
    expect(status).toBe(1);
  } finally {
    await rm(folder, { recursive: true });
  }
});
