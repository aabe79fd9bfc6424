/** The tools of the workspace, run as `node <their entry>`: no shell, no PATH, no npx. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { runQuietly } from "../bootstrap/step.mjs";
import { buildFormats } from "./formats.mjs";

/** The command line of a tool that a root devDependency brings. */
export async function tool(root, packageName, ...args) {
  const folder = join(root, "node_modules", packageName);
  const { bin } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const entry = typeof bin === "string" ? bin : (bin[packageName] ?? Object.values(bin)[0]);
  return [process.execPath, join(folder, entry), ...args];
}

/** Compiles every package that tsconfig.build.json names into its `dist`; what did not change, not at all. */
export async function build(root) {
  if (process.env.QUORATE_BUILT) return;
  await runQuietly(await tool(root, "typescript", "-b", "tsconfig.build.json"), { cwd: root, env: roomy() });
  await buildFormats(root);
}

/** Rules and types of sources and tests, on the sources: no package's `dist` takes part. */
export async function oxlint(root) {
  const command = await tool(root, "oxlint", "--type-aware", "--type-check", "--deny-warnings");
  await runQuietly(command, { cwd: root, env: roomy() });
}

/**
 * The compiler and the linter of types are written in Go, and soon over: where there is memory enough, they spend a fourth of
 * their time on collecting garbage for nothing.
 */
export function roomy() {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  if (bytes < 8 * 2 ** 30) return process.env;
  return { ...process.env, GOGC: "off", GOMEMLIMIT: String(Math.floor(bytes / 2)) };
}

/** Formats all files, or with `--check` only looks. */
export async function oxfmt(root, args) {
  await runQuietly(await tool(root, "oxfmt", ...args), { cwd: root });
}

/** The Lua files are put together into one module that is committed: it must say what they say. */
export async function luaUpToDate(root) {
  const script = join(root, "packages/redlock/scripts/embed-lua.mjs");
  if (!existsSync(script)) return "nothing to embed yet";
  await runQuietly([process.execPath, script, "--check"], { cwd: root });
  return undefined;
}

/** Whether those who install the packages find their code and types. */
export async function packagesAsPublished(root) {
  await runQuietly([process.execPath, join(root, "scripts/published.mjs")], { cwd: root });
}

export async function tidy(root) {
  await runQuietly([process.execPath, join(root, "scripts/tidy.mjs")], { cwd: root });
}
