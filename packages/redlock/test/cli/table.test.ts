/** Columns of text on a terminal that is not wide enough for them. */
import { expect, test } from "vitest";
import { holdingText } from "../../src/cli/inspect/holding-text.ts";
import { layOut } from "../../src/cli/terminal/table.ts";

const columns = [{ title: "NODE" }, { title: "HOLDER" }, { title: "WAITING", align: "right" }] as const;

test("cells stand under their titles, and a text over the rest widens nothing", () => {
  const rows = [["a:1", "token", "3"], { first: "longer:2", rest: "a reason that is longer than all columns" }];
  expect(layOut(columns, rows, 80)).toEqual([
    "NODE      HOLDER  WAITING",
    "a:1       token         3",
    "longer:2  a reason that is longer than all columns",
  ]);
});

test("where it is too narrow the nodes' names are shortened in the middle, and no number is lost", () => {
  const names = [1, 2].map((node) => `redis-${node}.cache.eu-west-1.example.com:6379`);
  const lines = layOut(
    columns,
    names.map((name) => [name, "abcdefgh…", "12"]),
    40,
  );
  expect(lines).toEqual([
    "NODE                  HOLDER     WAITING",
    "redis-1.ca….com:6379  abcdefgh…       12",
    "redis-2.ca….com:6379  abcdefgh…       12",
  ]);
});

test("what still does not fit is cut at the end, with a sign that it was", () => {
  expect(layOut(columns, [["a-rather-long-name:6379", "abcdefgh…", "12"]], 20)).toEqual([
    "NODE              H…",
    "a-rather…me:6379  a…",
  ]);
});

test("remaining times of a table have their points below each other", () => {
  const node = {
    answered: true,
    mode: "exclusive",
    holder: "abc",
    label: null,
    holders: [],
    fencingToken: 1,
    waiting: 0,
    memoryAgeMs: null,
    detail: "",
  } as const;
  const nodes = [12_000, 9_960].map((remainingMs, index) => ({ ...node, node: `node-${index}`, remainingMs }));
  const view = {
    version: 1,
    resource: "a",
    verdict: "held",
    holder: "abc",
    label: null,
    remainingMs: 9_960,
    mode: "exclusive",
    ...{ holders: [], waiters: [] },
    nodes,
  } as const;
  const rows = holdingText(view, 0, (_colour, text) => text, 80)
    .split("\n")
    .slice(-2);
  expect(rows.map((row) => row.indexOf("."))).toEqual([23, 23]);
  expect(rows[0]).toContain(" 12.0 s ");
});
