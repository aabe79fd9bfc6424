#!/usr/bin/env node
/**
 * What of the house's style a machine can judge. Prints `file:line  rule  what is wrong: the remedy`, and exits with 1
 * where there is anything to print. Each rule is shown to fail in tidy/tidy.test.mjs.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { documentedExports } from "./tidy/documented-exports.mjs";
import { fileShape } from "./tidy/file-shape.mjs";
import { importDirection } from "./tidy/import-direction.mjs";
import { injectedTime } from "./tidy/injected-time.mjs";
import { options } from "./tidy/options.mjs";
import { entriesOf, reachable } from "./tidy/reachable.mjs";
import { parseProject } from "./tidy/source.mjs";
import { portable } from "./tidy/portable.mjs";
import { words } from "./tidy/words.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const skipped = new Set(["node_modules", "dist", ".cache"]);

async function sourcePaths(folder) {
  if (!existsSync(join(root, folder))) return [];
  const found = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory() && !skipped.has(entry.name)) found.push(...(await sourcePaths(path)));
    if (entry.isFile() && /\.m?ts$|\.mjs$/.test(entry.name)) found.push(path);
  }
  return found;
}

async function entries() {
  const found = [];
  for (const name of await readdir(join(root, "packages"))) {
    const manifest = await readFile(join(root, "packages", name, "package.json"), "utf8").catch(() => "{}");
    found.push(...entriesOf(`packages/${name}`, JSON.parse(manifest)));
  }
  return found;
}

const paths = (await Promise.all(["packages", "examples", "scripts"].map(sourcePaths))).flat();
const project = parseProject(
  await Promise.all(paths.map(async (path) => [path, await readFile(join(root, path), "utf8")])),
);
const findings = [
  ...[importDirection, injectedTime, options, documentedExports, fileShape, portable, words].flatMap((rule) =>
    rule(project),
  ),
  ...reachable(project, await entries()),
].sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);

for (const { path, line, rule, message } of findings) console.log(`${path}:${line}  ${rule}  ${message}`);
if (findings.length > 0) process.exitCode = 1;
