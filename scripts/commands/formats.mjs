/**
 * What the compiler made, in the formats that others load. CommonJS is the one implementation, because every tool can
 * load it: Node, jest, bundlers, Bun, Deno. What an `import` gets is a list of its exports and nothing else, so that a
 * program that loads a package both ways has one copy of its classes and state.
 *
 *   dist/cjs   the code, with the dependencies that are ESM only put inside, and the types of both formats
 *   dist/esm   the same exports for `import`
 *   dist/bin   what the package installs as a command, in one file: to load two hundred takes twice as long
 */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";

/** Of a package: its entries by name, as paths in src without their ending. */
const packages = {
  redlock: { index: "index", compat: "compat/index", node: "node/index" },
  testing: { index: "index" },
  nestjs: { index: "index" },
  fastify: { index: "index" },
};

/** Needs what `tsc -b` made. */
export async function buildFormats(root) {
  for (const [name, entries] of Object.entries(packages)) await buildPackage(join(root, "packages", name), entries);
}

/** Does nothing where nothing changed: tests build too, while others run what is there. */
async function buildPackage(folder, entries) {
  const stamp = join(folder, "dist", ".formats");
  const inputs = await fingerprint(folder);
  if ((await readFile(stamp, "utf8").catch(() => "")) === inputs) return;
  const cjs = join(folder, "dist", "cjs");
  const esm = join(folder, "dist", "esm");
  await rm(cjs, { recursive: true, force: true });
  await rm(esm, { recursive: true, force: true });
  await bundleCommand(folder);
  const bundled = await bundle(folder, cjs, entries);
  await writeFile(join(cjs, "package.json"), '{ "type": "commonjs" }\n');
  await writeFile(join(cjs, "THIRD-PARTY-LICENSES.txt"), await licencesOf(bundled));
  await copyTypes(join(folder, "dist"), cjs, Object.values(entries));
  await mkdir(esm, { recursive: true });
  for (const [name, entry] of Object.entries(entries)) await writeWrapper(cjs, esm, name, entry);
  await writeFile(stamp, inputs);
}

async function fingerprint(folder) {
  const hash = createHash("sha256").update(await readFile(new URL(import.meta.url)));
  hash.update(await readFile(join(folder, "package.json")));
  for (const part of ["src", "dist"]) {
    for (const path of (await readdir(join(folder, part), { recursive: true })).sort((a, b) => a.localeCompare(b))) {
      const isInput = path.endsWith(".ts") || path.endsWith(".js");
      if (!isInput || /^(?:bin|cjs|esm)[/\\]/.test(path)) continue;
      // What was compiled again counts as new, also where it is the same: the simulator refuses what is older.
      hash.update(`\n${path} ${(await stat(join(folder, part, path))).mtimeMs}\n`);
    }
  }
  return hash.digest("hex");
}

/** Its dependencies stay outside: it is an ES module, which may load any of them. */
async function bundleCommand(folder) {
  const { bin = {} } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  for (const path of Object.values(bin)) {
    const entry = /^\.\/dist\/bin\/(.*)\.js$/.exec(path)[1];
    const build = await read(folder, [entry]);
    await build.write({
      dir: join(folder, "dist", "bin"),
      format: "esm",
      entryFileNames: "[name].js",
      codeSplitting: false,
    });
    await build.close();
  }
}

/** Resolves with the paths of the modules that came from other packages. */
async function bundle(folder, dir, entries) {
  const build = await read(folder, Object.values(entries), { inside, plugins: [plainRequire] });
  const { output } = await build.write({
    dir,
    format: "cjs",
    exports: "named",
    sourcemap: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    // Apart from compat, which has a Redlock, a Lock and a ResourceLockedError of its own: two of a name in one file
    // would be renamed.
    codeSplitting: { groups: [{ name: "shared", test: (id) => !id.includes("/src/compat/") }] },
  });
  await build.close();
  for (const { fileName } of output) if (fileName.endsWith(".map")) await leaveSourcesOut(join(dir, fileName));
  return output.flatMap(({ moduleIds = [] }) => moduleIds).filter((id) => id.includes("/node_modules/"));
}

/** What comes of `entries`, yet to be written; all packages that it needs stay outside, save those named in `inside`. */
async function read(folder, entries, { inside = [], plugins = [] } = {}) {
  // Loaded when it is wanted: scripts/run.mjs starts before anything is installed.
  const { rolldown } = await import("rolldown");
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const outside = new Set([...Object.keys(peerDependencies), ...Object.keys(dependencies)]);
  for (const name of inside) outside.delete(name);
  return rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, join(folder, "src", `${entry}.ts`)])),
    platform: "node",
    external: (id) => id.startsWith("node:") || outside.has(packageOf(id)),
    plugins,
    tsconfig: false,
    transform: { target: "es2022" },
  });
}

/** The sources lie beside it in the package; a copy of all of them in the map would make it half as large again. */
async function leaveSourcesOut(path) {
  const { sourcesContent: _, ...map } = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify(map));
}

/** ESM only: a CommonJS program under jest cannot load them. They are small, and change nothing outside themselves. */
const inside = ["p-retry", "nanoid"];

/** In CommonJS the optional client is asked for in the plain way, which jest and every bundler understand. */
const plainRequire = {
  name: "plain-require",
  load(id) {
    if (!id.endsWith("/load-ioredis.ts")) return undefined;
    return 'export function loadIoredis() { return require("ioredis"); }\n';
  },
};

/** What the licences of bundled code ask for. */
async function licencesOf(paths) {
  const folders = new Set(paths.map((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)[0]));
  const texts = [];
  for (const folder of [...folders].sort((a, b) => a.localeCompare(b))) {
    const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = ["license", "LICENSE", "LICENSE.md"]
      .map((each) => join(folder, each))
      .find((each) => existsSync(each));
    if (file === undefined) throw new Error(`${name} is bundled, but has no licence that could go with it`);
    texts.push(`${name} ${version}\n\n${(await readFile(file, "utf8")).trim()}\n`);
  }
  return texts.length === 0 ? "None.\n" : texts.join("\n----\n\n");
}

/** The declarations that the entries reach. Their folder says CommonJS, which ESM may import too. */
async function copyTypes(from, to, entries) {
  const queue = entries.map((entry) => `${entry}.d.ts`);
  const seen = new Set(queue);
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const text = await readFile(join(from, path), "utf8");
    const rewritten = text.replace(/((?:from |import |import\()")(\.[^"]*)\.ts"/g, (_all, before, target) => {
      const next = posix.join(posix.dirname(path), `${target}.d.ts`);
      if (!seen.has(next)) queue.push(next);
      seen.add(next);
      return `${before}${target}.js"`;
    });
    await mkdir(dirname(join(to, path)), { recursive: true });
    await writeFile(join(to, path), rewritten);
    await copyMap(join(from, `${path}.map`), join(to, `${path}.map`));
  }
}

/** One folder further down, the sources are one folder further up. */
async function copyMap(from, to) {
  const map = JSON.parse(await readFile(from, "utf8"));
  await writeFile(to, JSON.stringify({ ...map, sources: map.sources.map((source) => `../${source}`) }));
}

async function writeWrapper(cjs, esm, name, entry) {
  const target = relative(esm, join(cjs, `${entry}.js`));
  const module = createRequire(import.meta.url)(join(cjs, `${entry}.js`));
  const names = Object.keys(module);
  // The default export of a CommonJS file is the file itself to Node, and the `default` in it to Bun: so it has a name.
  const defaultName = names.find((each) => each !== "default" && module[each] === module.default);
  const values = names.filter((each) => each !== "default" && each !== "__esModule");
  const withDefault = names.includes("default") ? [`${defaultName} as default`, ...values] : values;
  await writeFile(join(esm, `${name}.mjs`), `export { ${withDefault.join(", ")} } from "${target}";\n`);
  const types = [`export * from "${target}";`];
  if (names.includes("default")) types.push(`export { ${defaultName} as default } from "${target}";`);
  await writeFile(join(esm, `${name}.d.mts`), `${types.join("\n")}\n`);
}

const packageOf = (id) => /^(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
