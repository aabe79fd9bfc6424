/** The table of what was explored, between two marks in a page of the docs. */
import type { Configuration } from "./configurations.ts";

const marks = ["<!-- counts of states: npm run prove -- --write -->", "<!-- end of counts -->"] as const;

/** The page with these counts, by name; those of other configurations stay. Throws where the marks are missing. */
export function withCounts(
  page: string,
  counts: ReadonlyMap<string, number>,
  configurations: readonly Configuration[],
): string {
  const [before, rest] = page.split(marks[0]);
  const [old, after] = rest?.split(marks[1]) ?? [];
  if (old === undefined || after === undefined) throw new Error(`the page has lost its marks ${marks.join(" and ")}`);
  const known = new Map(
    old.split("\n").flatMap((row) => {
      const [, name, count] = /^\| ([^:|]+):.*\|([^|]+)\|$/.exec(row) ?? [];
      return name === undefined || count === undefined ? [] : [[name, count.trim()] as const];
    }),
  );
  const rows = configurations.map(({ name, about }) => {
    const count = counts.get(name)?.toLocaleString("en").replaceAll(",", " ");
    return `| ${name}: ${about} | ${count ?? known.get(name) ?? "not counted yet"} |`;
  });
  const head = ["| explored to the end | states |", "| --- | --- |"];
  return `${before}${marks[0]}\n\n${[...head, ...rows].join("\n")}\n\n${marks[1]}${after}`;
}
