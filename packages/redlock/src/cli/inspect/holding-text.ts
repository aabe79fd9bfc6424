/** `inspect` for people: a verdict in one line, then what each node says. */
import { showDuration } from "../settings/duration.ts";
import type { Paint } from "../terminal/paint.ts";
import { cutMiddle, layOut, wrap, type Column, type Row } from "../terminal/table.ts";
import { inOneLine } from "../terminal/harmless.ts";
import { heldTogether, holdersTable, togetherText, waitingText, whoText } from "./together-text.ts";
import type { InspectJson, NodeJson } from "./holding-view.ts";

const columns: readonly Column[] = [
  { title: "NODE" },
  { title: "HOLDER" },
  { title: "REMAINING", align: "right" },
  { title: "HIGHEST FENCE", align: "right" },
  { title: "WAITING", align: "right" },
];

/** `nowMs`: the wall clock, to tell an end as a time of day. */
export function holdingText(view: InspectJson, nowMs: number, paint: Paint, width: number): string {
  const table = (titles: readonly Column[], rows: readonly Row[]): string[] => {
    const [head, ...lines] = layOut(titles, rows, width - 2).map((line) => `  ${line}`);
    return ["", paint("dim", head!), ...lines];
  };
  const holders = view.holders.length === 0 ? [] : table(...holdersTable(view));
  const line = waitingText(view);
  const waiting = line === "" ? [] : ["", wrap(line, width, "  ")];
  return [
    verdictLine(view, nowMs, paint, width),
    ...holders,
    ...table(columns, view.nodes.map(rowOf)),
    ...waiting,
  ].join("\n");
}

/** Where the nodes are too young to know of every lock with such a TTL: "free" is then no proof. "" where they are not. */
export function forgottenText({ verdict, nodes }: InspectJson, ttlMs: number, width: number): string {
  const young = nodes.filter(({ memoryAgeMs }) => memoryAgeMs !== null && memoryAgeMs < ttlMs);
  if (verdict === "held" || verdict === "unknown" || nodes.length - young.length > nodes.length / 2) return "";
  const oldestMs = Math.max(...young.map(({ memoryAgeMs }) => memoryAgeMs ?? 0));
  return wrap(
    `${young.length} of ${nodes.length} nodes started ${showDuration(oldestMs)} ago or less. They may have forgotten a lock from ` +
      "before, in which its holder still believes; the restart guard gives no new one until such a lock is over.",
    width,
    "",
  );
}

/** Also the whole output of `--watch` where stdout is no terminal. */
export function verdictLine(view: InspectJson, nowMs: number, paint: Paint, width: number = Infinity): string {
  const { resource, verdict, holder, label, remainingMs } = view;
  const name = paint("bold", JSON.stringify(resource));
  const until =
    remainingMs === null
      ? "for ever: a key has no TTL"
      : `until ${timeOfDay(nowMs + remainingMs)} at most, unless extended (${showDuration(remainingMs)})`;
  const answeredCount = view.nodes.filter((node) => node.answered).length;
  switch (verdict) {
    case "held": {
      if (holder === null) {
        const [who, gap] = width === Infinity ? [whoText(view), " "] : ["", "\n  "];
        return `${name}: ${paint("yellow", togetherText(view))}${who}${gap}${until}`;
      }
      const shown = inOneLine(`${holder}`);
      const who = label === null ? shown : `${cutMiddle(inOneLine(label), Math.max(20, width - 30))} (${shown})`;
      // A long name has a line of its own.
      const isLong = `${JSON.stringify(resource)}: held by ${who} ${until}`.length > width;
      return `${name}: ${paint("yellow", `held by ${who}`)}${isLong ? "\n  " : " "}${until}`;
    }
    case "free":
      return `${name}: ${paint("green", "free")}`;
    case "split":
      return `${name}: ${paint("yellow", "split")}: several tried, nobody has a quorum; so ${until}`;
    default:
      return `${name}: ${paint("red", "cannot know")}: ${answeredCount} of ${view.nodes.length} nodes answered`;
  }
}

function rowOf({ node, answered, mode, holder, holders, remainingMs, fencingToken, waiting, detail }: NodeJson): Row {
  if (!answered) return { first: node, rest: detail };
  const together = holders.length === 0 ? "-" : heldTogether(mode, holders);
  return [
    node,
    holder ?? together,
    remainingMs === 0 ? "-" : inColumn(remainingMs),
    String(fencingToken ?? "-"),
    String(waiting ?? "?"),
  ];
}

/** With its tenth where it is 0 too, so that points stand below each other. */
function inColumn(remainingMs: number | null): string {
  return remainingMs === null ? "no end" : showDuration(remainingMs).replace(/^(\d+) s$/, "$1.0 s");
}

/** Of this machine, to the second. */
export function timeOfDay(wallMs: number): string {
  return new Date(wallMs).toTimeString().slice(0, 8);
}
