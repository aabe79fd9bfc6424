/** Columns of text. */
export interface Column {
  readonly title: string;
  readonly align?: "right";
}

/** A row as cells, or one text over all columns but the first. */
export type Row = readonly string[] | { readonly first: string; readonly rest: string };

/** Lines without trailing spaces, cut to `width`. */
export function layOut(columns: readonly Column[], rows: readonly Row[], width: number): string[] {
  const cellRows = rows.filter((row): row is readonly string[] => !("rest" in row));
  const firsts = rows.map((row) => ("rest" in row ? row.first : (row[0] ?? "")));
  const widths = columns.map(({ title }, index) =>
    Math.max(
      title.length,
      ...(index === 0 ? firsts : cellRows.map((row) => row[index] ?? "")).map((cell) => cell.length),
    ),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) =>
        columns[index]!.align === "right" ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
      )
      .join("  ");
  const lines = rows.map((row) => ("rest" in row ? `${row.first.padEnd(widths[0]!)}  ${row.rest}` : line(row)));
  return [line(columns.map(({ title }) => title)), ...lines].map((text) => cut(text.trimEnd(), width));
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Words in lines of at most `width`, all but the first indented. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > width - indent.length) {
      lines.push(current);
      current = word;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return [...lines, current].join(`\n${indent}`);
}
