import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, test } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));
const sources = fileURLToPath(new URL("../../src", import.meta.url));

test("everything works from node:test", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--test", "--test-reporter=tap", "node-test.mjs"], {
    cwd: folder,
    // node:test would report to the parent otherwise, which is another runner.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  expect(stdout).toMatch(/^# pass (1[2-9]|[2-9]\d)$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
});

test("no source names a test runner", () => {
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" });
  const shipped = files.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  expect(shipped.length).toBeGreaterThan(50);
  const texts = shipped.map((name) => readFileSync(`${sources}/${name}`, "utf8"));
  expect(texts.filter((text) => /from "(vitest|@jest|node:test|mocha)/.test(text))).toEqual([]);
});
