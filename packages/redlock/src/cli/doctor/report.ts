/** doctor's report, for people and as stable JSON. */
import { showDuration } from "../settings/duration.ts";
import type { Colour, Paint } from "../terminal/paint.ts";
import { layOut, wrap, type Column, type Row } from "../terminal/table.ts";
import { aheadMs } from "./checks/clock.ts";
import type { GuardSummary } from "./checks/guard.ts";
import { durabilityOf } from "./checks/persistence.ts";
import { versionOf } from "./checks/version.ts";
import { infoNumber, uptimeMs, type FleetFacts, type NodeFacts } from "./facts.ts";
import type { Finding, Severity } from "./finding.ts";

/** Changes of this only add fields. `null`: unknown. */
export interface DoctorJson {
  readonly version: 1;
  readonly quorum: number;
  readonly guard: Omit<GuardSummary, "text">;
  readonly nodes: readonly NodeJson[];
  readonly findings: readonly Finding[];
}

interface NodeJson {
  readonly node: string;
  readonly reachable: boolean;
  readonly failure: string | null;
  readonly server: string | null;
  readonly role: string | null;
  readonly uptimeMs: number | null;
  readonly roundTripMs: number | null;
  /** Against the median of the nodes. */
  readonly clockAheadMs: number | null;
  readonly usedMemoryBytes: number | null;
  readonly maxMemoryBytes: number | null;
  readonly evictionPolicy: string | null;
  readonly persistence: string;
}

export function doctorJson(fleet: FleetFacts, findings: readonly Finding[], guard: GuardSummary): DoctorJson {
  const { text: _, ...guardJson } = guard;
  return {
    version: 1,
    quorum: fleet.quorum,
    guard: guardJson,
    nodes: fleet.nodes.map((facts) => nodeJson(facts, fleet)),
    findings: findings.map((finding) => ({ commands: [], ...finding })),
  };
}

function nodeJson(facts: NodeFacts, { nodes }: FleetFacts): NodeJson {
  const { node, failure, info, roundTripMs } = facts;
  const rounded = (value: number | undefined): number | null =>
    value === undefined ? null : Math.round(value * 10) / 10;
  return {
    node,
    reachable: failure === undefined,
    failure: failure ?? null,
    server: versionOf(facts) ?? null,
    role: info?.get("role") ?? null,
    uptimeMs: uptimeMs(facts) ?? null,
    roundTripMs: rounded(roundTripMs),
    clockAheadMs: rounded(aheadMs(facts, nodes)),
    usedMemoryBytes: infoNumber(facts, "used_memory") ?? null,
    maxMemoryBytes: infoNumber(facts, "maxmemory") ?? null,
    evictionPolicy: info?.get("maxmemory_policy") ?? null,
    persistence: durabilityOf(facts),
  };
}

const serverColumns: readonly Column[] = [
  { title: "NODE" },
  { title: "SERVER" },
  { title: "ROLE" },
  { title: "UP", align: "right" },
  { title: "ROUND TRIP", align: "right" },
  { title: "CLOCK", align: "right" },
];

const memoryColumns: readonly Column[] = [
  { title: "NODE" },
  { title: "SYNCED TO DISK" },
  { title: "MEMORY", align: "right" },
  { title: "LIMIT", align: "right" },
  { title: "EVICTION" },
];

const colours: Readonly<Record<Severity, Colour>> = { error: "red", warning: "yellow", notice: "blue" };

export function doctorText(
  fleet: FleetFacts,
  findings: readonly Finding[],
  guard: GuardSummary,
  paint: Paint,
  width: number,
): string {
  const json = fleet.nodes.map((facts) => nodeJson(facts, fleet));
  const reached = json.filter(({ reachable }) => reachable);
  const sections = findings.map((finding) => findingText(finding, paint, width));
  return [
    table(serverColumns, json.map(serverRow), paint, width),
    ...(reached.length === 0 ? [] : [table(memoryColumns, reached.map(memoryRow), paint, width)]),
    wrap(guard.text, width, ""),
    ...sections,
    summary(findings, paint),
  ].join("\n\n");
}

function table(columns: readonly Column[], rows: readonly Row[], paint: Paint, width: number): string {
  const [head, ...lines] = layOut(columns, rows, width);
  return [paint("dim", head!), ...lines].join("\n");
}

function serverRow({ node, failure, server, role, uptimeMs, roundTripMs, clockAheadMs }: NodeJson): Row {
  if (failure !== null) return { first: node, rest: failure };
  return [
    node,
    server ?? "?",
    role === "slave" ? "replica" : (role ?? "?"),
    uptimeMs === null ? "?" : showDuration(uptimeMs),
    roundTripMs === null ? "?" : `${roundTripMs} ms`,
    clockAheadMs === null ? "?" : showOffset(clockAheadMs),
  ];
}

function memoryRow({ node, persistence, usedMemoryBytes, maxMemoryBytes, evictionPolicy }: NodeJson): Row {
  const limit = maxMemoryBytes === 0 ? "none" : showMegabytes(maxMemoryBytes);
  return [node, persistence, showMegabytes(usedMemoryBytes), limit, evictionPolicy ?? "?"];
}

function showMegabytes(byteCount: number | null): string {
  return byteCount === null ? "?" : `${(byteCount / 1_048_576).toFixed(1)} MB`;
}

function showOffset(offsetMs: number): string {
  if (Math.round(offsetMs) === 0) return "0 ms";
  return (offsetMs < 0 ? "-" : "+") + showDuration(Math.abs(offsetMs));
}

const indent = " ".repeat(9);

function findingText(finding: Finding, paint: Paint, width: number): string {
  const { severity, code, nodes, problem, remedy, commands = [] } = finding;
  const label = paint(colours[severity], severity.toUpperCase().padEnd(indent.length));
  const whom = nodes.length === 0 ? "" : `: ${nodes.join(", ")}`;
  return [
    `${label}${paint("bold", wrap(code + whom, width, indent))}`,
    indent + wrap(problem, width, indent),
    indent + wrap(`-> ${remedy}`, width, `${indent}   `),
    ...commands.map((command) => commandText(command, width)),
  ].join("\n");
}

/** Longer than the line, it is broken as a shell takes it. A break stands between words only where none is quoted. */
function commandText(command: string, width: number): string {
  const start = `${indent}   `;
  if (start.length + command.length <= width || command.includes("'")) return start + command;
  return start + wrap(command, width - 2, `${start}  `).replaceAll("\n", " \\\n");
}

function summary(findings: readonly Finding[], paint: Paint): string {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const say = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
  const [errors, warnings] = [count("error"), count("warning")];
  const text = `${say(errors, "error")}, ${say(warnings, "warning")}, ${say(count("notice"), "notice")}`;
  return paint(errors > 0 ? "red" : warnings > 0 ? "yellow" : "green", text);
}
