import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fleet } from "@quorate/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGrownFleet } from "./support/grown-fleet.ts";
import { locksLeft } from "./support/left-locks.ts";
import { build, examplesFolder, root, runNode, runTypeScript } from "./support/run.ts";
import { readSnippets, relocate, type Snippet } from "./support/snippets.ts";

const docs = (await readdir(join(root, "docs"), { recursive: true })).filter((name) => name.endsWith(".md"));
const readmes = ["README.md", "packages/redlock/README.md", ...docs.map((name) => `docs/${name}`)];
/** Inside the workspace, so that its packages are found; not in a project's `include`. */
const folder = join(examplesFolder, "dist", "readme");

interface Program extends Snippet {
  readonly name: string;
  readonly path: string;
}

const programs: Program[] = [];
for (const readme of readmes) {
  const snippets = readSnippets(await readFile(join(root, readme), "utf8"));
  for (const snippet of snippets) {
    const path = join(folder, `${readme.replace(/\W/g, "-")}-${snippet.line}.ts`);
    programs.push({ ...snippet, name: `${readme}:${snippet.line}`, path });
  }
}

let fleet: Fleet;

beforeAll(async () => {
  [fleet] = await Promise.all([startGrownFleet(), build()]);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all(programs.map(({ path, program }) => writeFile(path, relocate(program, fleet.urls))));
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "../../../tsconfig.base.json",
      compilerOptions: {
        composite: false,
        isolatedDeclarations: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      include: ["*.ts"],
    }),
  );
}, 120_000);

afterAll(() => fleet?.stop());

test("every snippet of the READMEs and the docs compiles as it stands", async () => {
  expect(programs.length).toBeGreaterThan(5);
  const { code, output } = await runTypeScript(["-p", folder]);
  expect(output).toBe("");
  expect(code).toBe(0);
}, 60_000);

test.each(programs.filter(({ runs }) => runs))("the snippet at $name runs", async ({ path }) => {
  const { code, output } = await runNode([path.replace(/\.ts$/, ".js")]);
  expect(output).not.toMatch(/warning|error/i);
  expect(code).toBe(0);
});

test("the snippets leave no lock behind, and no key for longer than its TTL", async () => {
  // The job that runs once stays locked on purpose, for its `minHoldMs`.
  expect((await locksLeft(fleet)).filter((key) => key !== "report:2026-03-01")).toEqual([]);
  await expect.poll(() => fleet.lockKeys()).toEqual([]);
});

test("the errors table has every code", async () => {
  const page = await readFile(join(root, "docs/errors.md"), "utf8");
  const errors = await readFile(join(root, "packages/redlock/src/errors/errors.ts"), "utf8");
  const codes = /type RedlockErrorCode =([^;]*);/.exec(errors)![1]!.match(/\w+/g)!;
  const rows = [...page.matchAll(/^\| `([A-Z_]+)`\s* \|/gm)].map(([, code]) => code);
  expect(new Set(rows)).toEqual(new Set(codes));
});

test("the table of events has every event", async () => {
  const page = await readFile(join(root, "docs/metrics.md"), "utf8");
  const events = await readFile(join(root, "packages/redlock/src/observe/events.ts"), "utf8");
  const names = /interface RedlockEvents \{([^}]*)\}/.exec(events)![1]!.match(/^\s+(\w+)(?=:)/gm)!;
  for (const name of names) expect(page).toContain(`\n| \`${name.trim()}\``);
});
