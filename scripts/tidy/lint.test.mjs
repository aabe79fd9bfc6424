/** The lint rules that replace rules of our own, on files that break them: a rule that cannot fail guards nothing. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "lint-"));
afterAll(() => rm(folder, { recursive: true }));
await symlink(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));

/** How often the repository's own settings find these files to break a rule. */
async function countOf(rule, name, files) {
  const home = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  }
  await symlink(join(root, ".oxlintrc.json"), join(home, ".oxlintrc.json"));
  const found = await new Promise((resolve) => {
    const command = join(root, "node_modules/.bin/oxlint");
    execFile(command, ["--format=unix", "."], { cwd: home }, (_error, stdout) => resolve(stdout));
  });
  return found.split(rule).length - 1;
}

const src = "packages/redlock/src";

test("a circle is found, also one of types alone and one through several folders", async () => {
  const values = {
    [`${src}/lock/a.ts`]: 'import { b } from "./b.ts";\nexport const a = (): number => b();\n',
    [`${src}/lock/b.ts`]: 'import { a } from "./a.ts";\nexport const b = (): number => a();\n',
  };
  expect(await countOf("no-cycle", "values", values)).toBe(2);
  const types = {
    [`${src}/lock/a.ts`]: 'import type { B } from "../round/b.ts";\nexport interface A {\n  b: B;\n}\n',
    [`${src}/round/b.ts`]: 'import type { C } from "./c.ts";\nexport interface B {\n  c: C;\n}\n',
    [`${src}/round/c.ts`]: 'import type { A } from "../lock/a.ts";\nexport interface C {\n  a: A;\n}\n',
  };
  expect(await countOf("no-cycle", "types", types)).toBe(3);
});

test("a circle of types is found in the package for tests too", async () => {
  const home = "packages/testing/src/sim";
  const files = {
    [`${home}/a.ts`]: 'import type { B } from "./user/b.ts";\nexport interface A {\n  b: B;\n}\n',
    [`${home}/user/b.ts`]: 'import type { A } from "../a.ts";\nexport interface B {\n  a: A;\n}\n',
  };
  expect(await countOf("no-cycle", "testing", files)).toBe(2);
});

test("two that import the same, but not each other, are no circle", async () => {
  const files = {
    [`${src}/lock/a.ts`]: 'import type { B } from "./b.ts";\nexport interface A {\n  b: B;\n}\n',
    [`${src}/lock/b.ts`]: "export interface B {\n  c: number;\n}\n",
  };
  expect(await countOf("no-cycle", "none", files)).toBe(0);
});

test("a file has at most 200 lines, unless it is generated or a test", async () => {
  const long = "export {};\n".repeat(201);
  const files = {
    [`${src}/core/long.ts`]: long,
    [`${src}/core/short.ts`]: "export {};\n".repeat(200),
    [`${src}/core/long.test.ts`]: long,
    [`${src}/lua/script.ts`]: long,
  };
  expect(await countOf("max-lines", "lines", files)).toBe(1);
});
