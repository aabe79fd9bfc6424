/** Finds the pinned pnpm, or fetches it through npx; installs only when something changed since the last time. */
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runQuietly } from "./step.mjs";

/**
 * Installs the workspace's dependencies as the lockfile says. Resolves with what it did.
 * The stamp lies inside node_modules, so that it goes when they go.
 */
export async function installDependencies(root) {
  const stampPath = join(root, "node_modules", ".installed");
  const wanted = await fingerprint(root);
  if ((await readFile(stampPath, "utf8").catch(() => "")) === wanted) return "up to date";
  const pnpm = await findPnpm(root);
  // CI=true: pnpm asks nothing, also where it must replace a node_modules that somebody else made.
  await runQuietly([...pnpm, "install", "--frozen-lockfile"], { cwd: root, env: { ...process.env, CI: "true" } });
  await writeFile(stampPath, wanted);
  return `with ${pnpm.join(" ")}`;
}

async function findPnpm(root) {
  const { packageManager } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const version = packageManager.slice("pnpm@".length);
  // Without the variable, a pnpm of another version would fetch the pinned one and answer in its name.
  const env = { ...process.env, npm_config_manage_package_manager_versions: "false" };
  const found = await runQuietly(["pnpm", "--version"], { cwd: root, env }).catch(() => "");
  return found.trim() === version ? ["pnpm"] : ["npx", "--yes", packageManager];
}

async function fingerprint(root) {
  const packages = await readdir(join(root, "packages"));
  const manifests = ["", "examples", ...packages.sort().map((name) => `packages/${name}`)];
  const paths = ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests.map((folder) => join(folder, "package.json"))];
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${process.versions.modules}`);
  for (const path of paths) hash.update(`\n${path}\n`).update(await readFile(join(root, path)).catch(() => ""));
  return hash.digest("hex");
}
