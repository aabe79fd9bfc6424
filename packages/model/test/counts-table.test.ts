import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { besideConfigurations } from "../src/beside-configurations.ts";
import { configurations as ofLocks } from "../src/configurations.ts";
import { withCounts } from "../src/counts-table.ts";

const page = readFileSync(new URL("../../../docs/testing.md", import.meta.url), "utf8");
const configurations = [...ofLocks, ...besideConfigurations];
const none = new Map<string, number>();
/** The rows between the marks, without what the formatter adds. */
const rowsOf = (text: string): string[] => {
  const table = text.slice(text.indexOf("<!-- counts of states"), text.indexOf("<!-- end of counts"));
  return table.split("\n").flatMap((row) => (/^\| [^-]/.test(row) ? [row.replaceAll(/ +/g, " ")] : []));
};

test("the docs have a row for every configuration that is explored, in words that are up to date", () => {
  expect(rowsOf(withCounts(page, none, configurations))).toEqual(rowsOf(page));
  expect(rowsOf(page)).toHaveLength(configurations.length + 1);
  expect(page).not.toContain("not counted yet");
});

test("a configuration that the docs do not have is seen", () => {
  const another = { ...configurations[0]!, name: "another" };
  expect(withCounts(page, none, [...configurations, another])).toContain("not counted yet");
});

test("counts of what was explored are put in, and others stay", () => {
  const changed = withCounts(page, new Map([["acquire", 1_234_567]]), configurations);
  expect(changed).toContain(`| acquire: ${configurations[0]!.about} | 1 234 567 |`);
  const others = (text: string): string[] => rowsOf(text).filter((row) => !row.startsWith("| acquire"));
  expect(others(changed)).toEqual(others(page));
});

test("a page without the marks is refused", () => {
  expect(() => withCounts("# Testing", none, configurations)).toThrow("the page has lost its marks");
});
