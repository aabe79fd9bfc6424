/** The quick part of `npm run matrix:formats`, and what holds of the formats themselves. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runQuietly } from "./bootstrap/step.mjs";
import { build } from "./commands/tools.mjs";
import { cells, lay } from "./formats/cells.mjs";
import { Projects } from "./formats/projects.mjs";
import { runCell, Stand } from "./formats/run-cell.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const projects = new Projects(root);
const stand = new Stand();
const quick = cells.filter(({ isQuick }) => isQuick);
const compiled = quick.filter(({ command }) => command === undefined);

beforeAll(async () => {
  await build(root);
  await stand.start();
  // Installed together, once: the first time takes a while.
  await Promise.all([...new Set(quick.map(({ project }) => project))].map((name) => projects.folder(name)));
}, 240_000);
afterAll(() => stand.stop());

test.concurrent.each(quick.filter((cell) => !compiled.includes(cell)))(
  "it runs in: $name",
  async (cell) => {
    expect(await runCell(cell, projects, stand.urls)).toEqual({ result: "passed", detail: "" });
  },
  120_000,
);

// By one process of the compiler, which is quicker with the second than with the first.
test.concurrent(`it compiles in: ${compiled.map(({ name }) => name).join("; ")}`, async () => {
  const folder = await projects.folder(compiled[0].project);
  const laid = await Promise.all(compiled.map((cell) => lay(folder, cell)));
  const [node, compiler] = laid[0].make[0];
  const configs = laid.map(({ make: [command] }) => command.at(-1));
  expect(configs).toHaveLength(2);
  await runQuietly([node, compiler, "-b", "--force", ...configs], { cwd: folder });
}, 120_000);

async function run(name, text) {
  const folder = join(await projects.folder("esbuild"), "own");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), text);
  return runQuietly([process.execPath, join(folder, name)], { cwd: folder });
}

test("a program that imports and requires a package has one copy of it", async () => {
  const told = await run(
    "both.mjs",
    `import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
for (const name of ["@quorate/redlock", "@quorate/redlock/node", "@quorate/redlock/compat", "@quorate/testing"]) {
  const [required, imported] = [require(name), await import(name)];
  const names = Object.keys(required);
  if (names.length === 0) throw new Error(name + " exports nothing");
  for (const each of names) if (required[each] !== imported[each]) throw new Error(name + " has two of " + each);
}
console.log("one");
`,
  );
  expect(told).toBe("one\n");
});

test("in a realm without Symbol.asyncDispose, using gives the lock back, and a polyfill may come later", async () => {
  const told = await run(
    "realm.cjs",
    `const { readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { createRequire, isBuiltin } = require("node:module");
const vm = require("node:vm");
const context = vm.createContext({ process, Buffer, AbortController, AbortSignal, URL, queueMicrotask, setImmediate, TextEncoder, TextDecoder, console });
const withoutOne = () => vm.runInContext("delete Symbol.asyncDispose", context);
withoutOne();
const loaded = new Map();
function load(path) {
  if (loaded.has(path)) return loaded.get(path).exports;
  const module = { exports: {} };
  loaded.set(path, module);
  const own = createRequire(path);
  const ask = (name) => (isBuiltin(name) ? require(name) : load(own.resolve(name)));
  vm.runInContext("(function (require, module, exports, __filename, __dirname) {" + readFileSync(path, "utf8") + "\\n})", context, { filename: path })(ask, module, module.exports, path, dirname(path));
  return module.exports;
}
const { Redlock } = load(require.resolve("@quorate/redlock"));
const { memoryNodes } = load(require.resolve("@quorate/testing"));
withoutOne();
(async () => {
  const redlock = new Redlock(memoryNodes(3).connect());
  console.log(await redlock.using("a", 5000, (signal, lock) => lock.isHeld()));
  const free = await redlock.tryAcquire("a", 5000);
  console.log(free !== null);
  await free.release();
  vm.runInContext("Symbol.asyncDispose ??= Symbol('Symbol.asyncDispose')", context);
  const lock = await redlock.acquire("a", 5000);
  await lock[vm.runInContext("Symbol.asyncDispose", context)]();
  console.log(lock.isHeld());
  await redlock.close();
})();
`,
  );
  expect(told).toBe("true\ntrue\nfalse\n");
});
