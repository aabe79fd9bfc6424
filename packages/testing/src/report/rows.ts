/** What the rows of a timeline show: who held which resource when, what was wrong with each node, and what it answered. */
import { excludes } from "../check/beside.ts";
import { type Hold, holdsOf } from "../history/hold.ts";
import type { Story, Trouble, VoteMark } from "./story.ts";

/** A stretch of time in one row. */
interface Span {
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
export function rowsOf(story: Story): Row[] {
  const holds = holdsOf(story.history);
  const resources = [...new Set(holds.flatMap((hold) => hold.resources))].sort();
  return [
    ...resources.flatMap((resource) => holderRows(resource, holds, story.fromMs)),
    ...story.processes.map((name) => processRow(name, story)),
    ...Array.from({ length: story.nodeCount }, (_, node) => nodeRow(node, story)),
  ];
}

function holderRows(resource: string, holds: readonly Hold[], fromMs: number): Row[] {
  const own = holds.filter((hold) => hold.resources.includes(resource));
  const holders = [...new Set(own.map((hold) => hold.holder))].sort();
  return holders.map((holder) => ({
    name: holder,
    group: `resource ${resource}`,
    spans: own.filter((hold) => hold.holder === holder).flatMap((hold) => holdSpans(resource, hold, own, fromMs)),
  }));
}

/** The whole hold, and over it what somebody else held at the same time whom it excludes. */
function holdSpans(resource: string, hold: Hold, others: readonly Hold[], zeroMs: number): Span[] {
  const fence = hold.fencingToken === undefined ? "no fencing token" : `fencing token ${hold.fencingToken}`;
  const told = hold.lostAtMs === undefined ? "" : `, told of its loss at ${(hold.lostAtMs - zeroMs).toFixed(3)}`;
  const [from, to] = [hold.grantedAtMs, hold.endedAtMs].map((atMs) => (atMs - zeroMs).toFixed(3));
  const hint = `${hold.holder} ${hold.token}, ${fence}, ${from} to ${to} ms${told}`;
  const both = others
    .filter((other) => overlap(hold, other) && excludes(hold, other, resource, latestOf(hold, other)))
    .map((other) => ({
      fromMs: latestOf(hold, other),
      toMs: Math.min(hold.endedAtMs, other.endedAtMs),
      className: "both",
      hint: `${hint}, AT THE SAME TIME AS ${other.holder} ${other.token}`,
    }));
  const className = both.length === 0 ? "held" : "pair";
  return [{ fromMs: hold.grantedAtMs, toMs: hold.endedAtMs, className, hint }, ...both];
}

function latestOf(a: Hold, b: Hold): number {
  return Math.max(a.grantedAtMs, b.grantedAtMs);
}

function overlap(a: Hold, b: Hold): boolean {
  return a.grantedAtMs < b.endedAtMs && b.grantedAtMs < a.endedAtMs;
}

function processRow(name: string, { troubles }: Story): Row {
  const own = troubles.filter(({ processes }) => processes.includes(name));
  return { name, group: "processes", spans: own.map(troubleSpan) };
}

function nodeRow(node: number, { troubles, votes, fromMs }: Story): Row {
  const own = troubles.filter(({ nodes }) => nodes.includes(node));
  const given = votes.filter((vote) => vote.node === node);
  return {
    name: `node ${node}`,
    group: "nodes",
    spans: [...own.map(troubleSpan), ...given.map((vote) => voteSpan(vote, fromMs))],
  };
}

function troubleSpan({ fromMs, toMs, isOutage, text }: Trouble): Span {
  return {
    fromMs,
    toMs,
    className: isOutage ? "outage" : "trouble",
    hint: `${text}, for ${(toMs - fromMs).toFixed(0)} ms`,
  };
}

function voteSpan({ atMs, operation, isGranted, text }: VoteMark, zeroMs: number): Span {
  const className = isGranted ? `vote ${operation}` : "vote refused";
  return { fromMs: atMs, toMs: atMs, className, hint: `${(atMs - zeroMs).toFixed(3)} ms: ${text}` };
}
