/** The table of README.md against the tests: what it names must be there. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

const elsewhere: Readonly<Record<string, string>> = {
  sim: "../../../testing/test/sim/scenarios.test.ts",
  adapters: "../adapters/recognised.test.ts",
  "acquire/announcements": "../acquire/announcements.test.ts",
  "acquire/local-queue": "../acquire/local-queue.test.ts",
};

const rows = read("README.md")
  .split("\n")
  .filter((line) => /^\| (?!scenario|-)/.test(line))
  .map((line) => {
    const [, scenario, tests, control] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return { scenario: scenario!, tests: tests!, control: control! };
  });

/** `file`: "text", "text" as pairs. */
function quotes(cell: string): [file: string, text: string][] {
  return cell.split(/;\s*(?=`|speed)/).flatMap((part) => {
    const file = /^`([^`]+)`:/.exec(part)?.[1];
    if (file === undefined) return [];
    return [...part.matchAll(/"([^"]+)"/g)].map(([, text]): [string, string] => [file, text!]);
  });
}

test("the table has every scenario from A1 to F8", () => {
  const counts = { A: 17, B: 7, C: 14, D: 8, E: 6, F: 8 };
  const expected = Object.entries(counts).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
  );
  const named = rows.map(({ scenario }) => /^[A-F]\d+/.exec(scenario)?.[0]).filter((name) => name !== undefined);
  expect(named).toEqual(expected);
});

test.each(rows)("$scenario: the tests that are named are there", ({ tests, control }) => {
  expect(quotes(tests).length).toBeGreaterThan(0);
  for (const [file, text] of [...quotes(tests), ...quotes(control)]) {
    expect(read(elsewhere[file] ?? `${file}.test.ts`), file).toContain(text);
  }
});

test("every test that calls itself a control stands in the table", () => {
  const here = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".test.ts"));
  const controls = here
    .filter((name) => name !== "coverage.test.ts")
    .flatMap((name) => [...read(name).matchAll(/test\("(control: [^"]+)"/g)].map(([, title]) => title!));
  const named = rows.flatMap(({ control }) => quotes(control).map(([, text]) => text));
  expect(controls.length).toBeGreaterThan(0);
  expect(controls.filter((title) => !named.some((text) => title.startsWith(text)))).toEqual([]);
});
