/** The shell lines, configuration files and JSON shapes in the documents, tried on real servers. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redlock } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGrownFleet } from "./support/grown-fleet.ts";
import { build, root, runNode, type Run } from "./support/run.ts";

const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");
const [readme, cli, operations] = await Promise.all(["README.md", "docs/cli.md", "docs/operations.md"].map(read));
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, block]) => block!);

let fleet: Fleet;
let folder: string;

beforeAll(async () => {
  [fleet] = await Promise.all([startGrownFleet(), build()]);
  folder = await mkdtemp(join(tmpdir(), "shell-"));
  await writeFile(join(folder, "report.js"), "console.log('reported under', process.env.REDLOCK_FENCING_TOKEN);");
  for (const script of ["import-one-file.sh", "export.sh"]) {
    await writeFile(join(folder, script), `#!/bin/sh\nexec "${process.execPath}" report.js\n`, { mode: 0o755 });
  }
}, 120_000);

afterAll(async () => {
  await fleet?.stop();
  await rm(folder, { recursive: true, force: true });
});

function redlock(...args: readonly string[]): Promise<Run> {
  const main = join(root, "packages/redlock/dist/bin/cli/main.js");
  return runNode([main, ...args], { cwd: folder, env: { REDLOCK_NODES: fleet.urls.join(","), NO_COLOR: "1" } });
}

const lines = [readme!, cli!].flatMap((text) => [
  ...blocks(text, "sh").flatMap((block) => block.split("\n")),
  ...[...text.matchAll(/`(npx redlock [^`]*)`/g)].map(([, line]) => line!),
]);
const commands = [...new Set(lines.filter((line) => line.startsWith("npx redlock ")))];

/** How a command ends, and what it says. `doctor` takes servers that keep nothing, behind the guard, for what operations.md recommends. */
const outcomes: Readonly<Record<string, readonly [code: number, output: RegExp]>> = {
  run: [0, /^reported under \d{16}\n$/],
  compose: [0, /appendfsync/],
  list: [0, /5 of 5 nodes answered|3 of 3 nodes answered/],
  inspect: [0, /"nightly-report": free/],
  doctor: [0, /0 errors, 0 warnings, \d+ notices/],
  release: [0, /"nightly-report" is free\.\n$/],
};

test.each(commands)("%s does what it says", async (line) => {
  const [, , command, ...args] = line.split(" ");
  const { code, output } = await redlock(command!, ...args);
  const [expectedCode, expectedOutput] = outcomes[command!]!;
  expect(output).toMatch(expectedOutput);
  expect(code).toBe(expectedCode);
});

test("the command line takes the documented configuration file", async () => {
  const config = JSON.parse(blocks(cli!, "json")[0]!) as { nodes: readonly string[]; durableNodes: boolean };
  await writeFile(join(folder, "own.json"), JSON.stringify({ ...config, nodes: fleet.urls.slice(0, 3) }));
  const { code, output } = await redlock("run", "--config", "own.json", "nightly", "--", process.execPath, "report.js");
  expect(output).toMatch(/^reported under/);
  expect(code).toBe(0);
});

/** The names in an interface of a document, and in an answer: of nested objects and of a list's first entry too. */
const documentedNames = (source: string): string[] => [...source.matchAll(/(\w+)\??: /g)].map(([, name]) => name!);
function namesIn(answer: unknown): string[] {
  if (Array.isArray(answer)) return answer.length === 0 ? [] : namesIn(answer[0]);
  if (typeof answer !== "object" || answer === null) return [];
  return Object.entries(answer).flatMap(([name, value]) => [name, ...namesIn(value)]);
}

const documented = (name: string): Set<string> => {
  const block = blocks(cli!, "ts").find((each) => each.startsWith(`interface ${name} `))!;
  return new Set(documentedNames(block.replace(/\/\/.*$/gm, "")));
};

test("the JSON of doctor is the documented DoctorJson", async () => {
  const { output } = await redlock("doctor", "--json");
  expect(new Set(namesIn(JSON.parse(output)))).toEqual(documented("DoctorJson"));
});

test("the JSON of inspect is the documented InspectJson, of permits that are held and waited for", async () => {
  await using holder = Redlock.connect(fleet.urls);
  await using waiter = Redlock.connect(fleet.urls);
  const options = { permits: 1, waitMs: 60_000 };
  const lock = await holder.acquire("inspected", 60_000, options);
  const next = waiter.acquire("inspected", 60_000, options);
  let answer: { readonly waiters: readonly unknown[] };
  do answer = JSON.parse((await redlock("inspect", "inspected", "--json")).output);
  while (answer.waiters.length === 0);
  expect(new Set(namesIn(answer))).toEqual(documented("InspectJson"));
  await lock.release();
  await (await next).release();
});

test("servers take the documented settings", async () => {
  const documented = blocks(operations!, "").filter((block) => /^(?:maxmemory-policy|appendonly)/.test(block));
  expect(documented).toHaveLength(2);
  for (const block of documented) {
    const entries = block
      .trim()
      .split("\n")
      .map((line) => /^(\S+) (.*)$/.exec(line)!.slice(1) as [string, string]);
    await using own = await startFleet({ nodes: 1 });
    for (const [name, value] of entries) {
      const plain = value === '""' ? "" : value;
      expect(await own.node(0).command("CONFIG", "SET", name, plain)).toBe("OK");
      expect(await own.node(0).command("CONFIG", "GET", name)).toContain(plain);
    }
  }
});
