/** Columns and paragraphs of text. What stands in them may be anybody's: none of it ends a line or colours one. */
import { inOneLine } from "./harmless.ts";

export interface Column {
  readonly title: string;
  readonly align?: "right";
}

/** A row as cells, or one text over all columns but the first. */
export type Row = readonly string[] | { readonly first: string; readonly rest: string };

/** The least of a first cell that is left of it where the line is too long. */
const shortestFirst = 16;

/**
 * Lines without trailing spaces, cut to `width`. The first column gives way before the others do: what is cut from the
 * middle of a node's name is seldom what tells it from another.
 */
export function layOut(columns: readonly Column[], anybodys: readonly Row[], width: number): string[] {
  const rows = anybodys.map(harmlessRow);
  const widths = widthsOf(columns, rows);
  const excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
  if (excess > 0) widths[0] = Math.max(Math.min(widths[0]!, shortestFirst), widths[0]! - excess);
  const cell = (text: string, index: number): string => {
    const own = index === 0 ? cutMiddle(text, widths[0]!) : text;
    return columns[index]!.align === "right" ? own.padStart(widths[index]!) : own.padEnd(widths[index]!);
  };
  const lines = rows.map((row) =>
    "rest" in row ? `${cell(row.first, 0)}  ${row.rest}` : row.map((text, index) => cell(text, index)).join("  "),
  );
  const head = columns.map(({ title }, index) => cell(title, index)).join("  ");
  return [head, ...lines].map((text) => cut(text.trimEnd(), width));
}

function harmlessRow(row: Row): Row {
  return "rest" in row ? { first: inOneLine(row.first), rest: inOneLine(row.rest) } : row.map(inOneLine);
}

/** A text over all columns but the first widens none of them. */
function widthsOf(columns: readonly Column[], rows: readonly Row[]): number[] {
  return columns.map(({ title }, index) =>
    Math.max(
      title.length,
      ...rows.map((row) => ("rest" in row ? (index === 0 ? row.first : "") : (row[index] ?? "")).length),
    ),
  );
}

/** What differs most often stands at either end. */
export function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const tailLength = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tailLength)}…${text.slice(text.length - tailLength)}`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Words in lines of at most `width`, all but the first indented. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let current = "";
  for (const word of inOneLine(text).split(" ")) {
    if (current !== "" && current.length + 1 + word.length > width - indent.length) {
      lines.push(current);
      current = word;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return [...lines, current].join(`\n${indent}`);
}
