/** The options as options.ts documents them. */

/** `[name, default]` of every option; "" where it has none. Defaults lose their quotes: in a table they are code-like anyway. */
export function readOptions(source: string): [name: string, byDefault: string][] {
  const options: [string, string][] = [];
  for (const [, body] of source.matchAll(
    /export interface (?:Acquire|Redlock)Options(?: extends \w+)? \{\n(.*?)^\}/gms,
  )) {
    for (const [, comment, name] of body!.matchAll(/\/\*\*(.*?)\*\/\s+readonly (\w+)\?:/gs)) {
      options.push([name!, readDefault(comment!)]);
    }
  }
  return options;
}

function readDefault(comment: string): string {
  const [, text = ""] = /@default (.*?)\s*$/s.exec(comment) ?? [];
  return text.replace(/\s*\n\s*\* ?/g, " ").trim();
}
