/** What `list` and `watch` show of a fleet. */
import { quorumOf } from "../../core/quorum.ts";
import { showDuration } from "../settings/duration.ts";
import type { Paint } from "../terminal/paint.ts";
import { countText, permitsText } from "../terminal/holders.ts";
import { cutMiddle, layOut, type Column, type Row } from "../terminal/table.ts";
import type { ListedLock, Survey } from "./survey.ts";

const columns: readonly Column[] = [
  { title: "RESOURCE" },
  { title: "HELD BY" },
  { title: "AS" },
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
  const isAlone = locks.every(({ mode }) => mode === "exclusive");
  const [title, ...rows] = layOut(
    columns.filter((column) => column.title !== "AS" || !isAlone),
    shownOf(locks).map((lock) => rowOf(lock, nodes.length, isAlone)),
    width,
  );
  return [head, ...failures, ...cut, "", paint("dim", title!), ...rows].join("\n");
}

/** Of the readers of one resource as many are shown. */
const mostReaders = 8;

/** A number: as many more readers than are shown. */
function shownOf(locks: readonly ListedLock[]): (ListedLock | number)[] {
  const shown: (ListedLock | number)[] = [];
  const readers = new Map<string, number>();
  for (const [index, lock] of locks.entries()) {
    const count = lock.mode === "shared" ? (readers.get(lock.resource) ?? 0) + 1 : 0;
    readers.set(lock.resource, count);
    if (count <= mostReaders) shown.push(lock);
    else if (locks[index + 1]?.resource !== lock.resource) shown.push(count - mostReaders);
  }
  return shown;
}

function rowOf(lock: ListedLock | number, total: number, isAlone: boolean): Row {
  if (typeof lock === "number") return { first: "", rest: `and ${countText(lock, "more reader")}` };
  const { resource, isHeld, label, holder, nodeCount, remainingMs, waiting } = lock;
  return [
    printable(resource),
    isHeld ? cutMiddle(label ?? "?", isAlone ? 32 : 20) : "nobody yet",
    ...(isAlone ? [] : [asText(lock)]),
    `${printable(holder)}…`,
    `${nodeCount}/${total}`,
    remainingMs === null ? "no end" : showDuration(remainingMs),
    String(waiting ?? "?"),
  ];
}

function asText({ mode, permits }: ListedLock): string {
  if (mode === "exclusive") return "alone";
  return mode === "shared" ? "reader" : cutMiddle(permitsText(permits), 20);
}

/** Names and tokens come from others: nothing of them is to act on a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\uFFFD");
}
