/**
 * Packs a package as it is published: the built files with the licence and a README, and a manifest without what only
 * the workspace understands.
 */
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { runQuietly } from "./bootstrap/step.mjs";

/** Of the packages that are published. */
export const published = ["redlock", "testing", "nestjs", "fastify"];

/**
 * Resolves with the tarball's path, its files, and its sizes in bytes: `packed` is what is downloaded, `unpacked` what
 * it takes on disk. What is the same as before is not packed again: checks and tests ask for it several times.
 */
export async function pack(root, name) {
  const source = join(root, "packages", name);
  if (!existsSync(join(source, "dist"))) throw new Error(`${name} is not built: npm run build`);
  const manifest = await forOutside(root, JSON.parse(await readFile(join(source, "package.json"), "utf8")));
  const beside = { "package.json": `${JSON.stringify(manifest, null, 2)}\n` };
  const readme = existsSync(join(source, "README.md")) ? join(source, "README.md") : join(root, "README.md");
  beside["README.md"] = await readFile(readme, "utf8");
  beside.LICENSE = await readFile(join(root, "LICENSE"), "utf8");
  const folder = join(root, ".cache", "pack", `${name}-${await fingerprint(source, beside)}`);
  if (!existsSync(folder)) await packInto(folder, source, beside);
  const [{ filename, files, size, unpackedSize }] = JSON.parse(await readFile(join(folder, "packed.json"), "utf8"));
  const paths = files.map(({ path }) => path);
  return { name: manifest.name, path: join(folder, filename), files: paths, packed: size, unpacked: unpackedSize };
}

async function fingerprint(source, beside) {
  const hash = createHash("sha256").update(await readFile(new URL(import.meta.url)));
  hash.update(JSON.stringify(beside));
  for (const part of ["src", "dist"]) {
    for (const path of (await readdir(join(source, part), { recursive: true })).sort((a, b) => (a < b ? -1 : 1))) {
      const { size, mtimeMs } = await stat(join(source, part, path));
      hash.update(`\n${part} ${path} ${size} ${mtimeMs}`);
    }
  }
  return hash.digest("hex").slice(0, 16);
}

async function packInto(folder, source, beside) {
  await mkdir(dirname(folder), { recursive: true });
  // Others may pack the same at this moment.
  const scratch = await mkdtemp(join(dirname(folder), "scratch-"));
  try {
    const stage = join(scratch, "stage");
    await cp(join(source, "src"), join(stage, "src"), { recursive: true });
    await cp(join(source, "dist"), join(stage, "dist"), { recursive: true, filter: (path) => isBuilt(source, path) });
    for (const [path, text] of Object.entries(beside)) await writeFile(join(stage, path), text);
    const packed = join(scratch, "packed");
    await mkdir(packed);
    const command = ["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", packed];
    const told = await runQuietly(command, { cwd: stage });
    // Warnings may stand before the JSON.
    await writeFile(join(packed, "packed.json"), told.slice(told.indexOf("[\n")));
    await rename(packed, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Not the compiler's own notes, nor what it made of a source that is gone. */
function isBuilt(source, path) {
  const made = /^dist\/(?!bin\/|cjs\/|esm\/)(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(relative(source, path));
  if (made === null) return !path.endsWith(".tsbuildinfo");
  return existsSync(join(source, "src", `${made[1]}.ts`));
}

/** `workspace:^` says nothing outside of the workspace, and nobody installs a dependency's devDependencies. */
async function forOutside(root, manifest) {
  const { devDependencies: _own, scripts: _scripts, ...outside } = manifest;
  const dependencies = {};
  for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
    dependencies[name] = range === "workspace:^" ? `^${await versionOf(root, name)}` : range;
  }
  return { ...outside, dependencies };
}

async function versionOf(root, packageName) {
  const folder = packageName.slice("@quorate/".length);
  return JSON.parse(await readFile(join(root, "packages", folder, "package.json"), "utf8")).version;
}
