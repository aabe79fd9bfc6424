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
  const size = Math.abs(figure);
  if (size >= 1_000) return Math.round(figure).toLocaleString("en-US").replaceAll(",", " ");
  return size >= 100 || Number.isInteger(figure) ? String(Math.round(figure)) : String(Number(figure.toPrecision(3)));
}
