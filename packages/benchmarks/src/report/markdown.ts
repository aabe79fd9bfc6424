/** Tables in Markdown. */

/** A column: its title, and what stands in it; numbers are set to the right. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | number;
}

export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const isNumeric = columns.map(({ cell }) => rows.length > 0 && typeof cell(rows[0] as Row) === "number");
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(isNumeric.map((numeric) => (numeric ? "--:" : "---"))),
    ...rows.map((row) => line(columns.map(({ cell }) => show(cell(row))))),
  ].join("\n");
}

/** Three figures that count, thousands parted. */
export function show(figure: string | number): string {
  if (typeof figure === "string") return figure;
  if (!Number.isFinite(figure)) return "-";
  const shown = rounded(figure);
  return Math.abs(figure) >= 1_000 ? shown.toLocaleString("en-US").replaceAll(",", " ") : String(shown);
}

/** To three figures that count, and never beyond the whole number. */
export function rounded(figure: number): number {
  return Math.abs(figure) >= 100 ? Math.round(figure) : Number(figure.toPrecision(3));
}
