#!/usr/bin/env node
/**
 * Writes the table of options in docs/using.md, and docs/api.md and docs/api-testing.md: every export of every entry, its doc comment as text and its declaration as the compiler sees it.
 * Own code, because typedoc does not run on TypeScript 7. Needs a build; `npm run release` does both.
 */
import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Stop } from "./bootstrap/step.mjs";
import { tool } from "./commands/tools.mjs";
import { withOptionsTable } from "./options-table.mjs";
import { docCommentBefore } from "./tidy/doc-comment.mjs";
import { exportedBy } from "./tidy/documented-exports.mjs";
import { parseProject } from "./tidy/source.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Of each package: its page and title, the folder of its declarations, and its entries in there. */
const packages = [
  {
    page: "docs/api.md",
    title: "API of @quorate/redlock",
    dist: "packages/redlock/dist",
    entries: [
      ["@quorate/redlock", "index.ts"],
      ["@quorate/redlock/compat", "compat/index.ts"],
      ["@quorate/redlock/node", "node/index.ts"],
    ],
  },
  {
    page: "docs/api-testing.md",
    title: "API of @quorate/testing",
    dist: "packages/testing/dist",
    entries: [["@quorate/testing", "index.ts"]],
  },
];

/** Brings the committed pages up to date. */
export async function updateReference() {
  for (const { page, text } of await writeReference()) await writeFile(join(root, page), text);
}

/** Fails where a committed page is not what the doc comments of the last build say. */
export async function referenceUpToDate() {
  for (const { page, text } of await writeReference()) {
    if ((await readFile(join(root, page), "utf8")) !== text)
      throw new Stop(`${page} is not what the doc comments say.`);
  }
}

/** Each page with its Markdown, formatted as everything else is. */
export async function writeReference() {
  return [await optionsTable(), ...(await references())];
}

async function optionsTable() {
  const path = "packages/redlock/src/options/options.ts";
  const source = parseProject([[path, await readFile(join(root, path), "utf8")]]).get(path);
  const page = "docs/using.md";
  const text = withOptionsTable(await readFile(join(root, page), "utf8"), source);
  return { page, text: await formatted(page, text) };
}

function references() {
  return Promise.all(
    packages.map(async ({ page, title, dist, entries }) => {
      const project = parseProject(await declarations(dist));
      const parts = entries.map(([name, path]) =>
        [`## ${name}`, ...exportsOf(project, `${dist.replace("/dist", "/src")}/${path}`)].join("\n\n"),
      );
      const head = `# ${title}\n\nGenerated from the doc comments by \`npm run reference\`; do not edit.`;
      return { page, text: await formatted(page, `${[head, ...parts].join("\n\n")}\n`) };
    }),
  );
}

async function formatted(page, text) {
  const [command, ...args] = await tool(root, "oxfmt", `--stdin-filepath=${page}`);
  const running = promisify(execFile)(command, args, { cwd: root });
  running.child.stdin.end(text);
  return (await running).stdout;
}

function exportsOf(project, entry) {
  const found = new Map();
  for (const each of exportedBy(project, entry)) found.set(each.name, each);
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name)).map((each) => section(each));
}

function section({ source, statement, name }) {
  const comment = docCommentBefore(source, statement.start);
  const declaration = tidied(source.text.slice(statement.start, statement.end));
  const text = comment === undefined ? "" : `${proseOf(comment.value)}\n\n`;
  const title = name === "default" ? `${statement.id?.name ?? statement.declaration?.id?.name} (default)` : name;
  return `### ${title}\n\n${text}\`\`\`typescript\n${declaration}\n\`\`\``;
}

/** A doc comment without its stars. */
function proseOf(comment) {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, ""))
    .join("\n")
    .replace(/^\*?\s*/, "")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .trim();
}

/** What is not for users is left out: private members, and what is marked internal. */
function tidied(declaration) {
  return declaration
    .replace(/^export (?:default )?(?:declare )?/, "")
    .replace(/^ +\/\*\*(?:(?!\*\/)[\s\S])*?@internal(?:(?!\*\/)[\s\S])*?\*\/\n[^\n]*\n/gm, "")
    .replace(/^ +#private;\n/gm, "");
}

async function declarations(folder) {
  const found = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await declarations(path)));
    // Imports say "./lock.ts", and lead to sources: so the declarations are known by the names of those.
    else if (path.endsWith(".d.ts")) {
      const source = path.replace("/dist/", "/src/").replace(".d.ts", ".ts");
      found.push([source, await readFile(join(root, path), "utf8")]);
    }
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await updateReference();
}
