/** What the command line asks for. */
import { parseArgs } from "node:util";

export interface Settings {
  readonly isQuick: boolean;
  /** Where the results go, from the folder in which the command runs. */
  readonly folder: string;
}

export const usage: string = `Usage: npm run bench [-- --quick] [-- --out <folder>]

  --quick   what the targets are about, in under 90 seconds; results go to .cache/benchmarks
  --out     where the results go; without --quick to docs/benchmarks`;

/** Throws on what it does not know. */
export function readSettings(commandLine: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...commandLine],
    options: { quick: { type: "boolean", default: false }, out: { type: "string" } },
  });
  return { isQuick: values.quick, folder: values.out ?? (values.quick ? ".cache/benchmarks" : "docs/benchmarks") };
}
