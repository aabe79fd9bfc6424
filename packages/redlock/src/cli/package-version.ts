/** Which version of the package this is. */
import { readFileSync } from "node:fs";

export function packageVersion(): string {
  const text = readFileSync(new URL(import.meta.resolve("@quorate/redlock/package.json")), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
