/** The ```ts blocks of a README, as programs. */

/** What the README has defined before the blocks that do not import it. */
const prelude = `import { Redlock } from "@quorate/redlock";
const redlock = Redlock.connect([6391, 6392, 6393, 6394, 6395].map((port) => \`redis://127.0.0.1:\${port}\`));
`;

export interface Snippet {
  /** Of its first line in the README. */
  readonly line: number;
  readonly program: string;
  /** \`\`\`ts no-run: only its types are checked. */
  readonly runs: boolean;
}

export function readSnippets(markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  for (const match of markdown.matchAll(/^```ts( no-run)?\n(.*?)^```$/gms)) {
    const code = match[2]!;
    const line = markdown.slice(0, match.index).split("\n").length + 1;
    snippets.push({ line, program: complete(code), runs: match[1] === undefined });
  }
  return snippets;
}

/** Imports stay first; what a snippet left open is closed, so that its process can end. */
function complete(code: string): string {
  if (/\bimport .*@quorate\/redlock/.test(code)) return code;
  const imports = code.match(/^import .*\n/gm)?.join("") ?? "";
  const body = code.replace(/^import .*\n/gm, "");
  return `${imports}${prelude}{\n${body}}\nawait redlock.close();\n`;
}

/** The snippets say the ports of docker-compose.yml; `urls` are where the nodes of the test are. */
export function relocate(program: string, urls: readonly string[]): string {
  const ports = urls.map((url) => new URL(url).port);
  return program.replace(/\b639([1-5])\b/g, (_, digit: string) => ports[Number(digit) - 1]!);
}
