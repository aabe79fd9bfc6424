/** Links between the documents of the repository. Those to the outside are nobody's to keep. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const readmes = [
  "README.md",
  "CHANGELOG.md",
  "packages/redlock/README.md",
  "packages/redlock/test/scenarios/README.md",
  "packages/testing/README.md",
  "packages/nestjs/README.md",
  "packages/fastify/README.md",
  "examples/README.md",
];

/** As GitHub names a heading's anchor; and what an `id` names. */
function anchorsOf(text) {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title);
  const named = headings.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
  return new Set([...named, ...[...text.matchAll(/ id="(.*?)"/g)].map(([, id]) => id)]);
}

test("every link between the documents leads somewhere, also to its heading", async () => {
  const docs = (await readdir(join(root, "docs"), { recursive: true }))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  const broken = [];
  for (const path of [...readmes, ...docs]) {
    const text = await readFile(join(root, path), "utf8");
    for (const [, target, anchor] of text.matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)) {
      if (/^\w+:/.test(target)) continue;
      const file = target === "" ? join(root, path) : join(root, dirname(path), target);
      const isThere = existsSync(file);
      if (!isThere || (anchor !== undefined && !anchorsOf(await readFile(file, "utf8")).has(anchor))) {
        broken.push(`${path}: ${target}${anchor === undefined ? "" : `#${anchor}`}`);
      }
    }
  }
  expect(broken).toEqual([]);
});
