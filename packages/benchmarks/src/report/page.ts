/** The findings as one Markdown page. */
import { contentionTable, lineTable, settlingTable } from "./contention-tables.ts";
import { coordinationTables } from "./coordination-table.ts";
import { table } from "./markdown.ts";
import { permitsTable } from "./permits-table.ts";
import { holdingTable, waitingTable } from "./patience-tables.ts";
import type { Findings } from "./rows.ts";
import { describe, type Setting } from "./setting.ts";
import { costTable, speedTable } from "./speed-tables.ts";
import type { Target } from "./target.ts";

/** A plot that was drawn, and which of the findings it shows. */
export interface Drawn {
  readonly fileName: string;
  readonly title: string;
  readonly about: keyof Findings;
}

const howMeasured =
  "All peers run in one run on the same servers, each in a process of its own, taking turns round by round; a ratio compares two of " +
  "the same round. Before anything is measured each peer must show its key on a quorum of nodes while it holds, keep another " +
  "process of the same peer out until it releases, and leave no key behind. After each round the servers must have set and deleted " +
  "a quorum of keys for every cycle, by their own account, and no key may be left.";

const howCounted =
  "A hand-off is one process getting the resource. Round trips are what the clients sent, a script call being one; commands are what " +
  "the servers processed by their own account (`total_commands_processed` of all nodes), which counts a script call and each " +
  "command inside it. The longest wait is the longest of all rounds, those included that still waited at the end. All holds are " +
  "compared on one clock: two at one time are an overlap, and processes that do not lock at all must be caught by that.";

const howPermitted =
  "Processes that take one of K permits of one resource and hold it for 1 ms; with K = 50 all of them fit. Peers of one server ask the " +
  "first node. A ratio is to ours in the same round. All holds are compared on one clock: how many were inside at one time, and " +
  "how often one came in while K were; processes that do not ask at all must be caught by that.";

const howLined =
  "One server, one resource that is held; the time that the server itself counts for EVALSHA. What any other lock of that server waits for.";

const howRaced =
  "All contenders ask for a free resource at one moment, each the nodes in another order. A winner holds until the race is over; two at " +
  "one time are an overlap. The table says in which of its rounds the winner won: more than one is a split vote.";

const howCoordinated =
  "Three members of each, all on this machine, each with the recipe of its own documentation: etcd's lock service over gRPC (one " +
  "session a process), ZooKeeper's ephemeral sequential nodes. Both sync every write to disk on a majority before they answer; of ours " +
  "one row has no persistence and relies on the restart guard, one syncs every write. CPU is that of client and servers together.";

/** Why the figures are what they are: written by hand, where there is one, beside the page. */
export const reasonsFile = "tried.md";

/** `hasReasons`: whether that file is there. */
export function writePage(
  setting: Setting,
  targets: readonly Target[],
  findings: Findings,
  plots: readonly Drawn[],
  hasReasons: boolean,
): string {
  const shown = (about: keyof Findings): string[] =>
    plots.filter((plot) => plot.about === about).map(({ fileName, title }) => `![${title}](${fileName})`);
  const section = (about: keyof Findings, title: string, text: string, tables: () => string[]): string[] =>
    findings[about].length === 0 ? [] : [`## ${title}`, text, ...shown(about), ...tables()];
  const parts = [
    "# Benchmarks",
    "Made by `npm run bench`; the same figures are in [results.json](results.json). " + describe(setting),
    "## Targets",
    targetTable(targets),
    hasReasons
      ? `Where the time goes, and what was tried for targets that were missed: [${reasonsFile}](${reasonsFile}).`
      : "",
    ...section("speed", "Speed", `A cycle is one acquire and one release of a lock of its own. ${howMeasured}`, () => [
      speedTable(findings.speed),
      "What a cycle costs:",
      costTable(findings.speed),
    ]),
    ...section("holding", "Locks held with auto-extension", "The TTL is 5 s.", () => [holdingTable(findings.holding)]),
    ...section("waiting", "Waiting in one process for what another holds", "", () => [waitingTable(findings.waiting)]),
    ...section("contention", "Processes that compete for one resource", howCounted, () => [
      contentionTable(findings.contention),
    ]),
    ...section("permits", "At most K at once", howPermitted, () => [permitsTable(findings.permits)]),
    ...section("line", "What a call costs while others stand in line", howLined, () => [lineTable(findings.line)]),
    ...section("coordination", "Beside etcd and ZooKeeper", howCoordinated, () =>
      coordinationTables(findings.coordination),
    ),
    ...section("settling", "Contenders that start at once", howRaced, () => [settlingTable(findings.settling)]),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function targetTable(targets: readonly Target[]): string {
  return table(targets, [
    { title: "Target", cell: ({ what }) => what },
    { title: "Bound", cell: ({ bound }) => bound },
    { title: "Measured", cell: ({ measured }) => measured },
    { title: "Result", cell: ({ isMet }) => (isMet ? "met" : "**missed**") },
  ]);
}
