/** `npm run prove`: explores every configuration to the end, then switches each guard off. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { configurations } from "./configurations.ts";
import { controls } from "./controls.ts";
import { withCounts } from "./counts-table.ts";
import { proveAll, type Task } from "./prove-all.ts";

/** From the workspace's root, where `npm run prove` runs. */
const page = "docs/testing.md";

const usage = `Usage: npm run prove [-- options]

  --quick           only what ends within seconds
  --only NAME       only the configurations and guards whose name contains NAME
  --max-states N    give up on a configuration beyond so many states (default 40000000)
  --jobs N          threads side by side (default: one for each processor)
  --write           put the counts of what ended into docs/testing.md
`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    "max-states": { type: "string", default: "40000000" },
    jobs: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  const tasks: Task[] = [
    ...configurations
      .filter(({ isQuick }) => isQuick || !values.quick)
      .map(({ name, about, shape, features }): Task => ({ name, about, shape, features, off: [] })),
    ...controls.map((control): Task => ({ ...control, name: `without ${control.off.join(", ")}`, about: "" })),
  ].filter(({ name }) => name.includes(values.only));
  const proof = await proveAll(tasks, Number(values["max-states"]), values.jobs && Number(values.jobs));
  process.exitCode = proof.isWhole ? 0 : 1;
  if (values.write) {
    const counts = new Map(proof.complete.map(({ name, stateCount }) => [name, stateCount]));
    writeFileSync(page, withCounts(readFileSync(page, "utf8"), counts, configurations));
  }
}
