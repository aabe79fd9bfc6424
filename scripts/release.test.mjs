/** The tarball as a stranger gets it: installed into an empty project, used from ESM, CJS and TypeScript. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGrownFleet } from "../examples/test/support/grown-fleet.ts";
import { readSnippets, relocate } from "../examples/test/support/snippets.ts";
import { runQuietly } from "./bootstrap/step.mjs";
import { build, tool } from "./commands/tools.mjs";
import { faultsOf } from "./published.mjs";
import { writeReference } from "./release-api.mjs";
import { pack } from "./release-pack.mjs";
import { objections, repositoryAt } from "./release.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
let scratch;
let packed;
let packedTesting;
let fleet;

beforeAll(async () => {
  await build(root);
  scratch = await mkdtemp(join(tmpdir(), "packed-"));
  packed = await pack(root, "redlock");
  packedTesting = await pack(root, "testing");
  fleet = await startGrownFleet();
}, 120_000);
afterAll(async () => {
  await fleet?.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** What a stranger's project compiles with, and no library left unchecked. */
const strict = {
  target: "ES2022",
  lib: ["ES2023", "ESNext.Disposable"],
  strict: true,
  skipLibCheck: false,
  types: ["node"],
};

const body = `
const urls = process.argv.slice(2);
async function main() {
  const redlock = Redlock.connect(urls, { restartGuardMs: 0, nodeTimeoutMs: 10_000 });
  await redlock.using("packed", 5000, async (signal, lock) => console.log("held", lock.isHeld(), signal.aborted));
  await redlock.close();
  const clients = urls.map((url) => new Redis(url, { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0, socketTimeout: 3000 }));
  const old = new Compat(clients, { nodeTimeoutMs: 10_000 });
  const lock = await old.acquire(["old"], 5000);
  console.log("compat", lock instanceof Lock, (await lock.release()).attempts.length);
  await old.quit();
  console.log("node", typeof createNode);
}
`;

const typed = `
import { Redlock, ResourceLockedError, type Lock, type RedlockOptions } from "@quorate/redlock";
import { createNode, type Connection } from "@quorate/redlock/node";
import Compat, { ExecutionError, type Settings } from "@quorate/redlock/compat";
import { memoryNodes, startFleet, type Fleet } from "@quorate/testing";
import { Redis } from "ioredis";

const options: RedlockOptions = { waitMs: 1_000 };
const redlock = new Redlock([new Redis(1), new Redis(2), new Redis(3)], options);
export const lock: Promise<Lock | null> = redlock.tryAcquire("a", 1_000);
export const adapt: (connection: Connection, runtime: never) => unknown = createNode;
const settings: Partial<Settings> = { retryCount: 0 };
export const old = new Compat([new Redis(1)], settings).using(["a"], 1_000, async (signal) => signal.error?.message);
export const fleet: () => Promise<Fleet> = () => startFleet({ nodes: 3 });
export const tested = new Redlock(memoryNodes(3).connect());
export const isKnown = (error: unknown) => error instanceof ResourceLockedError || error instanceof ExecutionError;
// @ts-expect-error there is no such option
export const wrong: RedlockOptions = { waitMillis: 1 };
`;

const pastedFrom = [
  "README.md",
  "packages/redlock/README.md",
  "docs/using.md",
  "docs/errors.md",
  "docs/migrating.md",
  "docs/migrating-from-node-redlock.md",
];

describe.each(["5", "6"])("an empty project with ioredis %s", (version) => {
  let folder;
  const run = (file) => runQuietly([process.execPath, join(folder, file), ...fleet.urls], { cwd: folder });

  beforeAll(async () => {
    folder = join(scratch, `with-ioredis-${version}`);
    await mkdir(folder);
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true }));
    const wanted = [packed.path, packedTesting.path, `ioredis@${version}`, "@types/node@20"];
    const install = ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", ...wanted];
    await runQuietly(install, { cwd: folder });
  }, 120_000);

  test("uses it from ESM", async () => {
    await writeFile(
      join(folder, "use.mjs"),
      `import { Redlock } from "@quorate/redlock";
import { createNode } from "@quorate/redlock/node";
import Compat, { Lock } from "@quorate/redlock/compat";
import { Redis } from "ioredis";
${body}
await main();`,
    );
    expect(await run("use.mjs")).toBe("held true false\ncompat true 1\nnode function\n");
  });

  test("uses it from CommonJS", async () => {
    await writeFile(
      join(folder, "use.cjs"),
      `const { Redlock } = require("@quorate/redlock");
const { createNode } = require("@quorate/redlock/node");
const { default: Compat, Lock } = require("@quorate/redlock/compat");
const { Redis } = require("ioredis");
${body}
main();`,
    );
    expect(await run("use.cjs")).toBe("held true false\ncompat true 1\nnode function\n");
  });

  test("tests an app on nodes in memory, from the other tarball", async () => {
    await writeFile(
      join(folder, "memory.mjs"),
      `import { Redlock } from "@quorate/redlock";
import { memoryNodes } from "@quorate/testing";
const redlock = new Redlock(memoryNodes(3).connect());
console.log(await redlock.using("packed", 5000, (_signal, lock) => lock.isHeld()));
await redlock.close();`,
    );
    expect(await run("memory.mjs")).toBe("true\n");
  });

  test.each([
    ["NodeNext", "NodeNext", ["typed.mts", "typed.cts"]],
    ["Node16", "Node16", ["typed.mts"]],
    ["ESNext", "Bundler", ["typed.ts"]],
  ])(
    "compiles with module %s, resolution %s, as %s, and no library left unchecked",
    async (module, resolution, files) => {
      for (const file of files) await writeFile(join(folder, file), typed);
      const compilerOptions = { ...strict, module, moduleResolution: resolution, noEmit: true };
      const config = join(folder, `tsconfig.${resolution}.json`);
      await writeFile(config, JSON.stringify({ compilerOptions, files }));
      await runQuietly(await tool(root, "typescript", "-p", config), { cwd: folder });
    },
  );

  test("compiles and runs what the READMEs and the migration guides show, pasted into files", async () => {
    const pasted = join(folder, "pasted");
    await mkdir(pasted);
    const names = [];
    for (const path of pastedFrom) {
      for (const { line, program, runs } of readSnippets(await readFile(join(root, path), "utf8"))) {
        const name = `${path.replace(/\W/g, "-")}-${line}`;
        if (runs) names.push(name);
        await writeFile(join(pasted, `${name}.mts`), relocate(program, fleet.urls));
      }
    }
    const config = join(pasted, "tsconfig.json");
    const compilerOptions = { ...strict, module: "NodeNext", moduleResolution: "NodeNext" };
    await writeFile(config, JSON.stringify({ compilerOptions }));
    await runQuietly(await tool(root, "typescript", "-p", config), { cwd: folder });
    expect(names.length).toBeGreaterThan(10);
    // One after the other in one process, which must still end by itself.
    await writeFile(join(pasted, "all.mjs"), names.map((name) => `await import("./${name}.mjs");\n`).join(""));
    await run(join("pasted", "all.mjs"));
    expect(await fleet.lockKeys()).toEqual([]);
  }, 120_000);
});

test("without ioredis the package loads, and its command line says what to install", async () => {
  const folder = join(scratch, "without-ioredis");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true }));
  await runQuietly(["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", packed.path], { cwd: folder });
  const load = `require("@quorate/redlock"); require("@quorate/redlock/compat"); console.log("loaded")`;
  expect(await runQuietly([process.execPath, "-e", load], { cwd: folder })).toBe("loaded\n");
  const cli = join(folder, "node_modules", ".bin", "redlock");
  await expect(runQuietly([cli, "inspect", "a"], { cwd: folder })).rejects.toThrow(
    /exited with 78:\nredlock: the package ioredis must be there too: npm install ioredis$/,
  );
});

test("the tarball has what is built, its sources, and what the law wants; nothing else", () => {
  const folders = new Set(packed.files.map((path) => path.split("/")[0]));
  expect(folders).toEqual(new Set(["LICENSE", "README.md", "dist", "package.json", "src"]));
  for (const path of [...packed.files, ...packedTesting.files]) {
    expect(path).not.toMatch(/\.test\.|tsbuildinfo|node_modules/);
  }
  expect(packed.files).toContain("dist/cjs/compat/index.d.ts");
  // The bundle, what the command line runs, their types, maps and sources.
  expect(packed.packed).toBeLessThan(700_000);
});

test("a package that exports what it has not, or types of another format, is not published", async () => {
  const folder = join(scratch, "faulty");
  await mkdir(join(folder, "package"), { recursive: true });
  const entry = { types: "./index.d.ts", default: "./index.cjs" };
  const manifest = { name: "faulty", version: "1.0.0", type: "module", exports: { ".": entry, "./gone": "./gone.js" } };
  await writeFile(join(folder, "package", "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "package", "index.cjs"), "exports.a = 1;\n");
  await writeFile(join(folder, "package", "index.d.ts"), "export declare const a: number;\n");
  await runQuietly(["tar", "-czf", "faulty.tgz", "package"], { cwd: folder });
  const faults = await faultsOf(await readFile(join(folder, "faulty.tgz")), manifest);
  expect(faults).toContainEqual(expect.stringMatching(/gone\.js.*does not exist/));
  expect(faults).toContainEqual(expect.stringContaining('"FalseESM"'));
});

test("a README leads nowhere that somebody with only the package cannot go", async () => {
  for (const [name, { files }] of Object.entries({ redlock: packed, testing: packedTesting })) {
    const text = await readFile(join(root, "packages", name, "README.md"), "utf8");
    const targets = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, target]) => target);
    const named = [...text.matchAll(/`((?:dist|docs|examples)\/[^`]*)`/g)].map(([, path]) => path);
    const paths = [...targets.filter((target) => !/^https?:/.test(target)), ...named];
    expect(paths.filter((path) => !files.includes(path))).toEqual([]);
  }
});

test("the API reference has every export with its doc comment, and nothing that is internal", async () => {
  const [, { text: reference }, { text: ofTesting }] = await writeReference();
  for (const name of [
    "Redlock",
    "Lock",
    "RedlockOptions",
    "ResourceLockedError",
    "createNode",
    "ExecutionError",
    "Settings",
  ])
    expect(reference).toContain(`\n### ${name}\n`);
  expect(reference).toContain("### Redlock (default)");
  expect(reference).toContain("Takes a lock on all of `resources`, or none of them, for `ttlMs` milliseconds");
  expect(reference).not.toMatch(/#private|@internal/);
  expect(ofTesting).toContain("\n### memoryNodes\n\nThey are up for a week already");
});

test("a release needs its version in the changelog with a date, a repository, and provenance", () => {
  const manifest = { name: "a", repository: "x", publishConfig: { provenance: true } };
  const check = (version, changelog, manifests = [manifest]) => objections(version, changelog, manifests, "2030-01-02");
  expect(check("1.0.0", "# Changelog\n\n## 1.0.0 (2030-01-02)\n")).toEqual([]);
  expect(check("1.0.0", "## 0.9.0 (2030-01-01)")).toEqual([
    'CHANGELOG.md has no "## 1.0.0 (2030-01-02)": say what changed',
  ]);
  expect(check("1.0.0", "## 1.0.0 (unreleased)")).toEqual([expect.stringContaining("give it its date")]);
  expect(check("one", "## one (2030-01-02)")).toEqual([expect.stringContaining("is no version")]);
  expect(check("1.0.0", "## 1.0.0 (2030-01-02)", [{ name: "a" }])).toHaveLength(2);
});

test.each([
  "https://git.example.org/quorate/redlock.git",
  "git@git.example.org:quorate/redlock.git",
  "https://user:secret@git.example.org/quorate/redlock",
])("a package's repository is where its checkout came from: %s", (remote) => {
  expect(repositoryAt(remote, "packages/redlock")).toEqual({
    type: "git",
    url: "git+https://git.example.org/quorate/redlock.git",
    directory: "packages/redlock",
  });
});

test.each(["", "/home/me/redlock", "../redlock", "file:///home/me/redlock"])(
  "a checkout of what no stranger can reach names no repository: %s",
  (remote) => expect(repositoryAt(remote, "packages/redlock")).toBeUndefined(),
);
