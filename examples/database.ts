/** Stands for your database server: SQLite, in this process. */
import { createRequire } from "node:module";

export interface Database {
  run(sql: string, values?: Readonly<Record<string, number>>): void;
  exec(sql: string): readonly { readonly values: readonly (readonly unknown[])[] }[];
  /** How many rows the last statement changed. */
  getRowsModified(): number;
}

/** sql.js; its types want those of a browser. */
const open = createRequire(import.meta.url)("sql.js") as () => Promise<{ readonly Database: new () => Database }>;

export async function openDatabase(): Promise<Database> {
  return new (await open()).Database();
}
