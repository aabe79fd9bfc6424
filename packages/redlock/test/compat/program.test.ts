/** Whole programs for node-redlock 5 and for its fork compile and run unchanged. What they did before is the control. */
import { createRequire } from "node:module";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Redis } from "ioredis";
import { afterEach, expect, test, vi } from "vitest";
import { startStand, theirs } from "./stand.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const programs = "packages/redlock/test/compat/programs";
const ours = "packages/redlock/src/compat/index.ts";
const installed = "packages/redlock/node_modules";

/** What the compiler says about a program when `name` is what is found at `path`. */
async function compile(file: string, name: string, path: string): Promise<string> {
  const folder = await mkdtemp(join(root, "packages/redlock/.program-"));
  try {
    const paths = { [name]: [join(root, path)] };
    const compilerOptions = { paths, incremental: false, skipLibCheck: false };
    const files = [join(root, programs, file)];
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(root, "tsconfig.test.json"), compilerOptions, files, include: [] }),
    );
    const compiler = join(root, "node_modules/typescript");
    const { bin } = JSON.parse(await readFile(join(compiler, "package.json"), "utf8")) as { bin: { tsc: string } };
    const command = [join(compiler, bin.tsc), "-p", folder];
    return await promisify(execFile)(process.execPath, command, { cwd: root }).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

const sesamecare = "@sesamecare-oss/redlock";

test.each([
  ["node-redlock.ts", "redlock", "redlock 5", `${installed}/redlock-5/dist/index.d.ts`],
  ["node-redlock.ts", "redlock", "compat", ours],
  ["sesamecare.ts", sesamecare, "its own", `${installed}/sesamecare-redlock/build/index.d.ts`],
  ["sesamecare.ts", sesamecare, "compat", ours],
])("the program %s, written for %s, compiles against %s", async (file, name, _of, path) => {
  expect(await compile(file, name, path)).toBe("");
});

afterEach(() => {
  vi.doUnmock("redlock");
  vi.doUnmock(sesamecare);
});

/** As `name`, the program gets `api`; ours without one. */
async function runOn(nodes: number, file: string, name: string, api?: object) {
  if (api !== undefined) vi.doMock(name, () => ({ ...api }));
  vi.resetModules();
  const program = (await import(`./programs/${file}.ts`)) as { run(clients: Redis[]): Promise<object> };
  await using stand = await startStand({ nodes });
  return await program.run(stand.clients() as Redis[]);
}

test.each([1, 3])("node-redlock's runs on %d node(s), and finds what it found", async (nodes) => {
  expect(await runOn(nodes, "node-redlock", "redlock")).toEqual(await runOn(nodes, "node-redlock", "redlock", theirs));
});

test.each([1, 3])("sesamecare's runs on %d node(s), and finds what it found", async (nodes) => {
  const own = createRequire(import.meta.url)("sesamecare-redlock") as object;
  expect(await runOn(nodes, "sesamecare", sesamecare)).toEqual(await runOn(nodes, "sesamecare", sesamecare, own));
});
