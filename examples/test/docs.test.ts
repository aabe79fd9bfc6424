/** What the documents say of the code: files, functions and rights that are named are there. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./support/run.ts";

const source = join(root, "packages/redlock/src");
const names = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md") && !name.startsWith("api"));
const documents = await Promise.all(
  names.map(async (name) => ({ name, text: await readFile(join(root, "docs", name), "utf8") })),
);

test("every source file that a document names is there", () => {
  const named = documents.flatMap(({ name, text }) =>
    [...text.matchAll(/`((?:core|runtime|node|lua|lock|wait|observe|compat|cli)\/[\w/.-]*)`/g)].map(
      ([, path]) => [name, path!] as const,
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(([, path]) => !existsSync(join(source, path)))).toEqual([]);
});

test("every name that a document places in a source file is in that file", async () => {
  const placed = documents.flatMap(({ name, text }) =>
    [...text.matchAll(/`(\w+)`\s+in\s+`([\w/-]+\.(?:ts|lua))`/g)].map(
      ([, what, path]) => [name, what!, path!] as const,
    ),
  );
  expect(placed.length).toBeGreaterThan(5);
  for (const [name, what, path] of placed) {
    expect(await readFile(join(source, path), "utf8"), `${what} of docs/${name} in ${path}`).toContain(what);
  }
});

test("the parts that docs/architecture.md names are the folders that there are", async () => {
  const entries = await readdir(source, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const architecture = await readFile(join(root, "docs/architecture.md"), "utf8");
  const told = [...architecture.matchAll(/^\| `(\w+)\/`/gm)].map(([, name]) => name);
  expect(new Set(told)).toEqual(new Set(folders));
});

test("the rights that are documented are those of the commands that the scripts call, and of what connects", async () => {
  const scripts = (await readdir(join(source, "lua"))).filter((name) => name.endsWith(".lua"));
  const texts = await Promise.all(scripts.map((name) => readFile(join(source, "lua", name), "utf8")));
  const called = texts.flatMap((text) => [...text.matchAll(/\bp?call\('(\w+)'/g)].map(([, command]) => command));
  const operations = documents.find(({ name }) => name === "operations.md")!.text;
  const rules = /```acl\n(.*?)\n```/s.exec(operations)![1]!;
  const granted = [...rules.matchAll(/\+(\S+)/g)].map(([, right]) => right!);
  const around = ["eval", "evalsha", "subscribe", "unsubscribe", "hello", "auth", "ping", "quit", "client|setname"];
  const needed = [...called.map((command) => command!.toLowerCase()), ...around];
  expect(new Set(granted)).toEqual(new Set(needed));
});

test("every npm script that a document tells to run is there", async () => {
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { scripts: object };
  const readmes = await Promise.all(
    ["README.md", "examples/README.md"].map((path) => readFile(join(root, path), "utf8")),
  );
  const told = [...documents.map(({ text }) => text), ...readmes].flatMap((text) =>
    [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(test)\b)/g)].map(([, script, test]) => script ?? test!),
  );
  expect(new Set(told).size).toBeGreaterThan(3);
  expect(told.filter((script) => !(script in scripts))).toEqual([]);
});
