/** `npm run prove`: explores every configuration to the end, then switches each guard off. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { besideConfigurations } from "./beside-configurations.ts";
import { besideControls } from "./beside-controls.ts";
import { configurations } from "./configurations.ts";
import { type Control, controls } from "./controls.ts";
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
  const explored = [...configurations, ...besideConfigurations];
  const tasks: Task[] = [
    ...[...besideConfigurations, ...configurations]
      .filter(({ isQuick }) => isQuick || !values.quick)
      .map(({ name, about, shape, features }): Task => ({ name, about, shape, features, off: [] })),
    ...[...besideControls, ...controls].map((control): Task => ({ ...control, name: nameOf(control), about: "" })),
  ].filter(({ name }) => name.includes(values.only));
  const proof = await proveAll(tasks, Number(values["max-states"]), values.jobs && Number(values.jobs));
  process.exitCode = proof.isWhole ? 0 : 1;
  if (values.write) {
    const counts = new Map(proof.complete.map(({ name, stateCount }) => [name, stateCount]));
    writeFileSync(page, withCounts(readFileSync(page, "utf8"), counts, explored));
  }
}

function nameOf({ off, shape, features }: Control): string {
  const how =
    shape.modes === undefined ? (features.line ? " in line" : "") : ` of ${[...new Set(shape.modes)].join(" and ")}`;
  return `without ${off.join(", ")}${how}`;
}
