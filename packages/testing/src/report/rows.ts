/** What the rows of a timeline show: who held which resource when, what was wrong with each node, and what it answered. */
import { type Hold, holdsOf } from "../history/hold.ts";
import type { Fault, PlannedFault } from "../sim/plan.ts";
import type { NodeAnswer, Outcome } from "../sim/world.ts";

/** A stretch of time in one row. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly className: string;
  readonly hint: string;
}

export interface Row {
  readonly name: string;
  readonly group: string;
  readonly spans: readonly Span[];
}

/** Holders by resource, then processes and nodes with their troubles. */
export function rowsOf(outcome: Outcome): Row[] {
  const holds = holdsOf(outcome.history);
  const resources = [...new Set(holds.flatMap((hold) => hold.resources))].sort();
  return [
    ...resources.flatMap((resource) => holderRows(resource, holds)),
    ...outcome.plan.processes.map((_, index) => processRow(index, outcome.plan.faults)),
    ...outcome.plan.nodes.map((_, index) => nodeRow(index, outcome)),
  ];
}

function holderRows(resource: string, holds: readonly Hold[]): Row[] {
  const own = holds.filter((hold) => hold.resources.includes(resource));
  const holders = [...new Set(own.map((hold) => hold.holder))].sort();
  return holders.map((holder) => ({
    name: holder,
    group: `resource ${resource}`,
    spans: own.filter((hold) => hold.holder === holder).map((hold) => holdSpan(hold, own)),
  }));
}

function holdSpan(hold: Hold, others: readonly Hold[]): Span {
  const rival = others.find((other) => other !== hold && overlap(hold, other));
  const fence = hold.fencingToken === undefined ? "no fencing token" : `fencing token ${hold.fencingToken}`;
  const told = hold.lostAtMs === undefined ? "" : `, told of its loss at ${hold.lostAtMs.toFixed(3)}`;
  const warning = rival === undefined ? "" : `, AT THE SAME TIME AS ${rival.holder} ${rival.token}`;
  return {
    fromMs: hold.grantedAtMs,
    toMs: hold.endedAtMs,
    className: rival === undefined ? "held" : "both",
    hint: `${hold.holder} ${hold.token}, ${fence}, ${hold.grantedAtMs.toFixed(3)} to ${hold.endedAtMs.toFixed(3)} ms${told}${warning}`,
  };
}

function overlap(a: Hold, b: Hold): boolean {
  return a.grantedAtMs < b.endedAtMs && b.grantedAtMs < a.endedAtMs;
}

function processRow(index: number, faults: readonly PlannedFault[]): Row {
  const concerns = ({ fault }: PlannedFault): boolean =>
    "process" in fault ? fault.process === index : "peers" in fault && fault.peers.includes(`p${index}`);
  return { name: `p${index}`, group: "processes", spans: faults.filter(concerns).map(faultSpan) };
}

function nodeRow(index: number, { plan, answers }: Outcome): Row {
  const concerns = ({ fault }: PlannedFault): boolean =>
    "node" in fault ? fault.node === index : "nodes" in fault && fault.nodes.includes(index);
  const votes = answers.filter(({ node }) => node === index).map(answerSpan);
  return { name: `node ${index}`, group: "nodes", spans: [...plan.faults.filter(concerns).map(faultSpan), ...votes] };
}

/** Those that only some of the two sides notice are drawn thinner. */
const HARSH: readonly Fault["kind"][] = ["kill node", "stop node", "kill process", "stop process", "suspend process"];

function faultSpan({ atMs, durationMs, fault }: PlannedFault): Span {
  return {
    fromMs: atMs,
    toMs: atMs + durationMs,
    className: HARSH.includes(fault.kind) ? "outage" : "trouble",
    hint: `${JSON.stringify(fault)} at ${atMs} for ${durationMs} ms`,
  };
}

function answerSpan({ atMs, process, operation, answer }: NodeAnswer): Span {
  const isDone = typeof answer === "number";
  const token = "token" in operation ? ` ${operation.token.slice(0, 8)}` : "";
  return {
    fromMs: atMs,
    toMs: atMs,
    className: isDone ? `vote ${operation.kind}` : "vote refused",
    hint: `${atMs.toFixed(3)} ms: ${process} ${operation.kind} ${operation.keys.join("+")}${token} -> ${JSON.stringify(answer)}`,
  };
}
