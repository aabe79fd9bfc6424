/**
 * A copy of both packages in a folder of its own, with a bug in it, built and ready to run. The real sources are never
 * touched.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { applyEdit, type Edit } from "./patch.ts";

const run = promisify(execFile);

/** The folder `packages`, seen from this file in src/ or dist/. */
export const PACKAGES: string = fileURLToPath(new URL("../../../", import.meta.url));
const ROOT = dirname(PACKAGES);

const COMPILER_OPTIONS = {
  target: "ES2022",
  lib: ["ES2023", "ESNext.Disposable"],
  module: "NodeNext",
  types: ["node"],
  rewriteRelativeImportExtensions: true,
  rootDir: "src",
  outDir: "dist",
  noCheck: true,
};

export class Workspace {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** The script that `soak` starts its workers with. */
  get workerPath(): string {
    return join(this.folder, "testing/dist/sim/cli/worker.js");
  }

  static async make(name: string, edits: readonly Edit[]): Promise<Workspace> {
    // Inside the repository, so that the compiler and type packages are found.
    const folder = join(ROOT, ".cache/mutation", name);
    await rm(folder, { recursive: true, force: true });
    for (const pkg of ["redlock", "testing"]) await copyPackage(pkg, folder);
    await mkdir(join(folder, "node_modules/@quorate"), { recursive: true });
    await symlink(join(folder, "redlock"), join(folder, "node_modules/@quorate/redlock"));
    for (const edit of edits) {
      const path = join(folder, edit.file);
      await writeFile(path, applyEdit(await readFile(path, "utf8"), edit));
    }
    await Promise.all(["redlock", "testing"].map((pkg) => build(join(folder, pkg))));
    return new Workspace(folder);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

async function copyPackage(pkg: string, folder: string): Promise<void> {
  const from = join(PACKAGES, pkg);
  const to = join(folder, pkg);
  const isSource = (path: string): boolean => !path.endsWith(".test.ts");
  await cp(join(from, "src"), join(to, "src"), { recursive: true, filter: isSource });
  await writeFile(join(to, "package.json"), JSON.stringify(await compiledOnly(join(from, "package.json"))));
  if (pkg === "redlock") await symlink(join(from, "node_modules"), join(to, "node_modules"));
  await writeFile(join(to, "tsconfig.json"), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ["src"] }));
}

/** Others get a package in bundled formats; a copy has what the compiler makes of its sources, and nothing else. */
async function compiledOnly(path: string): Promise<object> {
  const manifest = JSON.parse(await readFile(path, "utf8")) as { readonly exports: Readonly<Record<string, unknown>> };
  const entries = Object.keys(manifest.exports).filter((name) => !name.endsWith(".json"));
  const exports = Object.fromEntries(entries.map((name) => [name, `./${join("dist", name, "index.js")}`]));
  return { ...manifest, exports };
}

/** Types are not checked, so the compiler's complaints about a bug that it could see do not matter. */
async function build(folder: string): Promise<void> {
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [compiler, "-p", join(folder, "tsconfig.json")]).catch((error: { stdout?: string }) => {
    throw new Error(`the seeded bug does not compile: ${error.stdout ?? ""}`, { cause: error });
  });
}
