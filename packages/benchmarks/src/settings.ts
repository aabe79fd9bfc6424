/** What the command line asks for. */
import { parseArgs } from "node:util";
import { emptyFindings, type Findings } from "./report/rows.ts";

/** The benchmarks that can be run by themselves. */
type Suite = keyof Findings;

const suites: readonly Suite[] = Object.keys(emptyFindings) as Suite[];

export interface Settings {
  readonly isQuick: boolean;
  /** Where the results go, from the folder in which the command runs. */
  readonly folder: string;
  readonly only: readonly Suite[];
  /** Whether the figures beside etcd and ZooKeeper go into the page about them. */
  readonly writesPage: boolean;
}

export const usage: string = `Usage: npm run bench [-- --quick] [-- --suite <name>,...] [-- --out <folder>] [-- --write]

  --quick   what the targets are about, in at most two minutes; results go to .cache/benchmarks
  --suite   of ${suites.join(", ")}; results go to .cache/benchmarks
  --out     where the results go; of a run of everything to docs/benchmarks
  --write   the table beside etcd and ZooKeeper also goes into docs/redis-etcd-zookeeper.md`;

/** Throws a TypeError on what it does not know. */
export function readSettings(commandLine: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      quick: { type: "boolean", default: false },
      suite: { type: "string" },
      out: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const only = values.suite === undefined ? suites : values.suite.split(",").map(readSuite);
  const isWhole = !values.quick && only.length === suites.length;
  const folder = values.out ?? (isWhole ? "docs/benchmarks" : ".cache/benchmarks");
  return { isQuick: values.quick, only, folder, writesPage: values.write };
}

function readSuite(name: string): Suite {
  const suite = suites.find((each) => each === name);
  if (suite === undefined) throw new TypeError(`there is no suite "${name}"`);
  return suite;
}
