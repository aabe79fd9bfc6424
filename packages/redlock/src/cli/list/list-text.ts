/** What `list` and `watch` show of a fleet. */
import { quorumOf } from "../../core/quorum.ts";
import { showDuration } from "../settings/duration.ts";
import type { Paint } from "../terminal/paint.ts";
import { cutMiddle, layOut, type Column, type Row } from "../terminal/table.ts";
import type { ListedLock, Survey } from "./survey.ts";

const columns: readonly Column[] = [
  { title: "RESOURCE" },
  { title: "HELD BY" },
  { title: "TOKEN" },
  { title: "NODES", align: "right" },
  { title: "REMAINING", align: "right" },
  { title: "WAITING", align: "right" },
];

export function listText({ nodes, locks }: Survey, paint: Paint, width: number): string {
  const silent = nodes.filter(({ failure }) => failure !== null);
  const answeredCount = nodes.length - silent.length;
  const colour = silent.length === 0 ? "green" : answeredCount >= quorumOf(nodes.length) ? "yellow" : "red";
  const head = paint(colour, `${answeredCount} of ${nodes.length} nodes answered`);
  const failures = silent.map(({ node, failure }) => `  ${node}: ${failure}`);
  const cut = nodes.some(({ isScanCut }) => isScanCut) ? ["There are more keys than were looked at."] : [];
  if (locks.length === 0) return [head, ...failures, ...cut, "Nothing is held."].join("\n");
  const [title, ...rows] = layOut(
    columns,
    locks.map((lock) => rowOf(lock, nodes.length)),
    width,
  );
  return [head, ...failures, ...cut, "", paint("dim", title!), ...rows].join("\n");
}

function rowOf({ resource, isHeld, label, holder, nodeCount, remainingMs, waiting }: ListedLock, total: number): Row {
  return [
    printable(resource),
    isHeld ? cutMiddle(label ?? "?", 32) : "nobody yet",
    `${printable(holder)}…`,
    `${nodeCount}/${total}`,
    remainingMs === null ? "no end" : showDuration(remainingMs),
    String(waiting ?? "?"),
  ];
}

/** Names and tokens come from others: nothing of them is to act on a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\uFFFD");
}
