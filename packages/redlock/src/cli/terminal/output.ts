/** Where a command writes: stdout for what was asked, stderr for the rest. No secret passes. */
import process from "node:process";
import { harmless, inOneLine } from "./harmless.ts";

export interface Output {
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  /** Columns of stdout; 80 where it is no terminal, or one that does not know its size. */
  readonly width: number;
  print(text: string): void;
  /** Empties the terminal's screen. */
  clear(): void;
  /** One line on stderr, with the program's name. */
  note(text: string): void;
  /** The same in several lines: only for text that is all our own: no name, label or error of others is in it. */
  noteLines(text: string): void;
}

/** A `secret` is replaced wherever it would appear: in a client's error message, for example. */
export function openOutput(env: NodeJS.ProcessEnv): {
  readonly output: Output;
  readonly hide: (secrets: readonly string[]) => void;
} {
  const hidden = new Set<string>();
  const withoutSecrets = (text: string): string =>
    [...hidden].reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
  const isTerminal = process.stdout.isTTY;
  // The reader of our output may end first: `redlock inspect --watch | head -1`.
  process.stdout.on("error", () => process.exit());
  const output: Output = {
    isTerminal,
    hasColour: isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb",
    get width() {
      const { columns } = process.stdout;
      return columns > 0 ? Math.min(columns, 120) : 80;
    },
    print: (text) => void process.stdout.write(`${harmless(withoutSecrets(text))}\n`),
    clear: () => void process.stdout.write("\u001B[H\u001B[J"),
    note: (text) => void process.stderr.write(`redlock: ${inOneLine(withoutSecrets(text))}\n`),
    noteLines: (text) => void process.stderr.write(`redlock: ${harmless(withoutSecrets(text))}\n`),
  };
  return { output, hide: (secrets) => secrets.forEach((secret) => hidden.add(secret)) };
}
