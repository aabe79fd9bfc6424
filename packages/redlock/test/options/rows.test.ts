/** What the doc comment of an option says of its default against its row. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Row } from "../../src/options/row.ts";
import { ALL_NAMES, ROWS } from "../../src/options/rows.ts";

const file = readFileSync(new URL("../../src/options/options.ts", import.meta.url), "utf8");
/** Without the options of `Redlock.connect`, which are taken off before these are looked at. */
const [text = ""] = file.split("/** Options of `Redlock.connect`. */");
const documented = new Map(
  [...text.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s+readonly (\w+)\?:/gs)].map(([, comment, name]) => [
    name!,
    /@default (.*?)\s*$/s.exec(comment!)?.[1] ?? "",
  ]),
);

test("every option has a row, and every row a documented option", () => {
  expect([...documented.keys()].toSorted()).toEqual([...ALL_NAMES].toSorted());
});

test.each(ALL_NAMES)("the default of %s is the one that is documented", (name) => {
  const { byDefault, byTtl, is } = ROWS[name] as Row<number | string | boolean>;
  const said = documented.get(name)!;
  const first = said.split(",")[0]!.replaceAll("_", "").replaceAll('"', "");
  if (byDefault !== undefined) expect(first).toBe(String(byDefault));
  else if (byTtl !== undefined) expect(said).toContain("TTL");
  else if (is === "AbortSignal") expect(said).toBe("");
  else expect(said).not.toBe("");
});
