import { expect, test } from "vitest";
import { table } from "../src/report/markdown.ts";
import { emptyFindings } from "../src/report/rows.ts";
import { atLeast, atMost } from "../src/report/target.ts";
import { judgeTargets } from "../src/report/targets.ts";

test("a bound itself is met", () => {
  expect(atLeast("", 7, "x", 7).isMet).toBe(true);
  expect(atMost("", 20, " µs", 20).isMet).toBe(true);
});

test("what is shown as the bound meets it, and nothing else", () => {
  expect(atMost("", 6, "", 6.004).isMet).toBe(true);
  expect(atMost("", 6, "", 6.006).isMet).toBe(false);
  expect(atMost("", 1_000, " ms", 1_001).isMet).toBe(false);
});

test("what was not measured is not met", () => {
  expect(atLeast("", 7, "x", Number.NaN).isMet).toBe(false);
  expect(atMost("", 20, " µs", Number.NaN).isMet).toBe(false);
});

test("a run without figures judges nothing", () => {
  expect(judgeTargets(emptyFindings)).toEqual([]);
});

test("a table shows three figures that count, and nothing for what is not there", () => {
  const rows = [
    { name: "a", figure: 12_345.6 },
    { name: "b", figure: 0.123_45 },
    { name: "c", figure: Number.NaN },
  ];
  expect(
    table(rows, [
      { title: "Name", cell: ({ name }) => name },
      { title: "Figure", cell: ({ figure }) => figure },
    ]),
  ).toBe("| Name | Figure |\n| --- | --: |\n| a | 12 346 |\n| b | 0.123 |\n| c | - |");
});
