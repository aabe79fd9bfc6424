/** One picture of a scene, as rows of text that fit the terminal. */
import type { Line, NodeStatus, Scene } from "./scene.ts";

type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** `util.styleText`, or nothing at all where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;

export function livePicture(scene: Scene, columns: number, rows: number, paint: Paint): string[] {
  const head = [
    "",
    paint("bold", fit(`one lock, five redis-server processes, ${(scene.elapsedMs / 1_000).toFixed(1)} s`, columns)),
    "",
    ...scene.fleet.servers.map((server) => {
      const status = scene.statusOf(server.index);
      return `  node ${server.index + 1}  ${paint("dim", `:${server.port}`.padEnd(8))}${describe(status, paint)}`;
    }),
    "",
    `  holder       ${paint("cyan", (scene.holder ?? "-").padEnd(10))} fencing token ${scene.fencingToken}`,
    `  hand-offs/s  ${String(scene.handOffsPerSecond).padEnd(10)} sections ${scene.sectionCount}`,
    `  extensions   ${String(scene.extendCount).padEnd(10)} late writes refused ${scene.store.refusedCount}`,
    "",
  ];
  const room = Math.max(1, rows - head.length - 2);
  return [...head, ...latest(scene.lines, columns, room)];
}

/** As many of the last lines as there is room for, each of them whole. */
function latest(lines: readonly Line[], columns: number, room: number): string[] {
  let shown: string[] = [];
  for (const line of lines.toReversed()) {
    const more = [...wrap(formatLine(line), columns), ...shown];
    if (more.length > room) break;
    shown = more;
  }
  return shown;
}

export function formatLine({ atMs, text }: Line): string {
  return `${(atMs / 1_000).toFixed(1).padStart(5)} s  ${text}`;
}

function describe(status: NodeStatus, paint: Paint): string {
  switch (status.kind) {
    case "up":
      return paint("green", "up");
    case "down":
      return paint("red", "down");
    case "kept out":
      return paint("yellow", `kept out for ${(status.forMs / 1_000).toFixed(1)} s: may have forgotten a lock`);
  }
}

/** How far a line's text stands behind its time. */
const indent = " ".repeat("  0.0 s  ".length);

function wrap(text: string, columns: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.split(/(?<=\S)(?= )/)) {
    if (row.length + word.length >= columns && row.trim() !== "") {
      rows.push(row);
      row = indent + word.trimStart();
    } else {
      row += word;
    }
  }
  return [...rows, row];
}

function fit(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
}
