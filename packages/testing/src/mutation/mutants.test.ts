import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { MUTANTS } from "./mutants.ts";
import { applyEdit } from "./patch.ts";
import { PACKAGES } from "./workspace.ts";

describe("every seeded bug still fits the sources it is put into", () => {
  test.each(MUTANTS.map(({ name, edits }) => ({ name, edits })))("$name", ({ edits }) => {
    for (const edit of edits) {
      const text = readFileSync(join(PACKAGES, edit.file), "utf8");
      expect(applyEdit(text, edit)).not.toBe(text);
    }
  });
});

test("a text that is found twice, or not at all, is out of date", () => {
  const edit = { file: "x.ts", find: "a", replace: "b" };
  expect(applyEdit("xay", edit)).toBe("xby");
  expect(() => applyEdit("aa", edit)).toThrow(/found 2 times in x.ts/);
  expect(() => applyEdit("", edit)).toThrow(/found 0 times/);
});
