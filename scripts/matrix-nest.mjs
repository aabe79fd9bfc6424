#!/usr/bin/env node
/**
 * A stranger's first hour: the packed packages in a Nest project as `nest new` makes it (jest, ts-jest, CommonJS), with
 * what the README of @quorate/nestjs shows, file by file. Compiles it and runs its test. Takes some minutes: npm
 * installs all that Nest brings.
 *
 *   node scripts/matrix-nest.mjs [11]
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runQuietly } from "./bootstrap/step.mjs";
import { build } from "./commands/tools.mjs";
import { pack } from "./release-pack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];

/** The blocks of a README that say which file they are. */
function filesIn(readme) {
  return [...readme.matchAll(/^```ts title="(.+)"\n([^]*?)^```$/gm)].map(([, path, text]) => ({ path, text }));
}

/** Makes the project in `scratch` and resolves with its folder. */
async function nestProject(scratch, major) {
  const cli = ["npm", "exec", "--yes", "--loglevel=error", `@nestjs/cli@${major}`, "--"];
  const flags = ["--skip-install", "--skip-git", "--package-manager", "npm"];
  await runQuietly([...cli, "new", "app", ...flags], { cwd: scratch });
  const folder = join(scratch, "app");
  const tarballs = [];
  for (const name of ["redlock", "testing", "nestjs"]) tarballs.push((await pack(root, name)).path);
  await runQuietly(["npm", "install", ...quiet, ...tarballs, "ioredis@5"], { cwd: folder });
  return folder;
}

async function paste(folder) {
  const readme = await readFile(join(root, "packages/nestjs/README.md"), "utf8");
  for (const { path, text } of filesIn(readme)) await writeFile(join(folder, path), text);
  for (const unused of ["app.controller.ts", "app.controller.spec.ts", "app.service.ts"]) {
    await rm(join(folder, "src", unused));
  }
}

async function main([major = "11"]) {
  await build(root);
  const scratch = await mkdtemp(join(tmpdir(), "nest-"));
  try {
    const folder = await nestProject(scratch, major);
    await paste(folder);
    await runQuietly(["npx", "tsc", "--noEmit", "--skipLibCheck", "false"], { cwd: folder });
    console.log(`Nest ${major}: the README compiles`);
    await runQuietly(["npx", "jest"], { cwd: folder });
    console.log(`Nest ${major}: its test passes under the project's own jest`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
