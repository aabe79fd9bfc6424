/** Entries of the sidebar, made of the pages: a page's name is its first heading. */
import { readdirSync, readFileSync } from "node:fs";

export interface Entry {
  readonly text: string;
  readonly link: string;
}

const docs = new URL("../", import.meta.url);

/** `name`: of a page's file, without its ending. */
export function page(name: string): Entry {
  const heading = /^# (.*)$/m.exec(readFileSync(new URL(`${name}.md`, docs), "utf8"));
  if (heading === null) throw new Error(`docs/${name}.md has no heading`);
  return { text: heading[1]!.replaceAll("`", ""), link: `/${name}` };
}

/** All pages of a folder. */
export function folder(name: string): Entry[] {
  const files = readdirSync(new URL(`${name}/`, docs)).filter((file) => file.endsWith(".md"));
  return files.toSorted().map((file) => page(`${name}/${file.slice(0, -".md".length)}`));
}
