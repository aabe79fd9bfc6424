#!/usr/bin/env node
/**
 * Makes a release, as far as a machine may: sets the version everywhere, and the repository where none is named, checks
 * that the changelog has the version, runs all checks and tests, and packs. What it does not do: commit, tag, publish. It ends by saying how.
 *
 *   node scripts/release.mjs 0.2.0 [--skip-tests]
 *   node scripts/release.mjs --pack           packs what there is, and says what is in it and how big it is
 */
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Stop, runInView, runQuietly, step } from "./bootstrap/step.mjs";
import { build } from "./commands/tools.mjs";
import { updateReference } from "./release-api.mjs";
import { pack, published } from "./release-pack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What is wrong with a release of this version; nothing when it may be made. */
export function objections(version, changelog, manifests, today) {
  const found = [];
  if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    found.push(`"${version}" is no version: write it like 1.2.3 or 1.2.3-beta.1`);
  const heading = changelog.split("\n").find((line) => line.startsWith(`## ${version} `) || line === `## ${version}`);
  if (heading === undefined) found.push(`CHANGELOG.md has no "## ${version} (${today})": say what changed`);
  else if (!/\(\d{4}-\d{2}-\d{2}\)$/.test(heading))
    found.push(`CHANGELOG.md says "${heading.slice(3)}": give it its date, (${today})`);
  for (const { name, repository, publishConfig } of manifests) {
    if (publishConfig?.provenance !== true) found.push(`${name} is published without provenance`);
    if (repository === undefined) {
      found.push(
        `${name} names no repository, which provenance is checked against: put "repository" into its package.json, or ` +
          'release from a checkout whose remote "origin" is where it is published',
      );
    }
  }
  return found;
}

/** What package.json calls the repository at this git remote; nothing when it is not one that strangers can reach. */
export function repositoryAt(remote, directory) {
  const match = /^(?:https:\/\/(?:[^@/]*@)?|(?:git\+)?ssh:\/\/git@|git@)([\w.-]+\.\w+)[:/](.+?)(?:\.git)?\/?$/.exec(
    remote,
  );
  if (match === null) return undefined;
  return { type: "git", url: `git+https://${match[1]}/${match[2]}.git`, directory };
}

/** The manifest of a package for this version, with the checkout's repository where it names none. */
async function manifestFor(name, version) {
  const { license, ...manifest } = await readManifest(name);
  const repository = manifest.repository ?? repositoryAt(await remoteOfCheckout(), `packages/${name}`);
  const { name: fullName, version: _old, description, keywords, ...others } = manifest;
  const known = { name: fullName, version, description, ...(keywords && { keywords }), license };
  return { ...known, ...(repository && { repository }), ...others };
}

async function remoteOfCheckout() {
  return runQuietly(["git", "remote", "get-url", "origin"], { cwd: root }).then(
    (url) => url.trim(),
    () => "",
  );
}

async function release(version, skipTests) {
  const manifests = await Promise.all(published.map((name) => manifestFor(name, version)));
  const changelog = await readFile(join(root, "CHANGELOG.md"), "utf8");
  const wrong = objections(version, changelog, manifests, new Date().toISOString().slice(0, 10));
  if (execFileSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" }) !== "") {
    wrong.push("there are changes that are not committed");
  }
  if (wrong.length > 0) throw new Stop(`No release:\n${wrong.map((reason) => `- ${reason}`).join("\n")}`);
  for (const [index, name] of published.entries()) await writeManifest(name, manifests[index]);
  const code = skipTests
    ? 0
    : await runInView([process.execPath, join(root, "scripts/run.mjs"), "test"], { cwd: root });
  if (code !== 0) throw new Stop("No release: checks or tests failed.");
  await packAll();
  console.log(
    `\nTo publish: commit, tag v${version}, push; then, from the CI job that may sign, npm publish each tarball.`,
  );
}

async function packAll() {
  await step("build", () => build(root));
  await step("API reference", updateReference);
  for (const name of published) {
    const { path, files, packed, unpacked } = await pack(root, name);
    console.log(`\n${path}\n${files.length} files, ${kilobytes(packed)} packed, ${kilobytes(unpacked)} unpacked`);
    const folders = groupBy(files, topFolder);
    for (const [folder, inside] of folders) console.log(`  ${folder.padEnd(12)} ${inside.length}`);
  }
}

function groupBy(list, keyOf) {
  const groups = new Map();
  for (const each of list) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return groups;
}

const topFolder = (path) => (path.includes("/") ? `${path.split("/")[0]}/` : path);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;

async function readManifest(name) {
  return JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8"));
}

async function writeManifest(name, manifest) {
  await writeFile(join(root, "packages", name, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [argument, ...flags] = process.argv.slice(2);
  try {
    if (argument === "--pack") await packAll();
    else if (argument === undefined) throw new Stop("Usage: node scripts/release.mjs VERSION [--skip-tests] | --pack");
    else await release(argument, flags.includes("--skip-tests"));
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = 1;
  }
}
