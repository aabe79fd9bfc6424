/**
 * Packs a package as it is published: the built files with the licence and a README, and a manifest without what only
 * the workspace understands.
 */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { runQuietly } from "./bootstrap/step.mjs";

/** Of the packages that are published. */
export const published = ["redlock", "testing", "nestjs", "fastify"];

/**
 * Resolves with the tarball's path, its files, and its sizes in bytes: `packed` is what is downloaded, `unpacked` what
 * it takes on disk.
 */
export async function pack(root, name, into = join(root, ".cache", "pack")) {
  const source = join(root, "packages", name);
  const stage = join(into, "stage", name);
  await rm(stage, { recursive: true, force: true });
  await mkdir(stage, { recursive: true });
  const manifest = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
  if (!existsSync(join(source, "dist"))) throw new Error(`${name} is not built: npm run build`);
  await cp(join(source, "src"), join(stage, "src"), { recursive: true });
  await cp(join(source, "dist"), join(stage, "dist"), { recursive: true, filter: (path) => isBuilt(source, path) });
  const readme = existsSync(join(source, "README.md")) ? join(source, "README.md") : join(root, "README.md");
  await cp(readme, join(stage, "README.md"));
  await cp(join(root, "LICENSE"), join(stage, "LICENSE"));
  await writeFile(join(stage, "package.json"), `${JSON.stringify(await forOutside(root, manifest), null, 2)}\n`);
  const told = await runQuietly(["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", into], {
    cwd: stage,
  });
  // Warnings may stand before the JSON.
  const [packed] = JSON.parse(told.slice(told.indexOf("[\n")));
  return {
    name: manifest.name,
    path: join(into, packed.filename),
    files: packed.files.map(({ path }) => path),
    packed: packed.size,
    unpacked: packed.unpackedSize,
  };
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
