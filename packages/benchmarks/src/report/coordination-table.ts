/** Redis quorum, etcd and ZooKeeper side by side, as tables. */
import { table } from "./markdown.ts";
import type { CoordinationRow } from "./rows.ts";
import { describe, type Setting } from "./setting.ts";

const marks = ["<!-- figures: npm run bench -- --suite coordination --write -->", "<!-- end of figures -->"] as const;

/** What a store can check a late write of a paused holder by. */
const evidence: Readonly<Record<string, string>> = {
  ours: "the lock's fencing token",
  "ours-durable": "the lock's fencing token",
  etcd: "the creation revision of its key",
  zookeeper: "the zxid of its node",
};

export function coordinationTables(rows: readonly CoordinationRow[]): string[] {
  return [
    table(rows, [
      { title: "Service", cell: ({ label }) => label },
      { title: "one caller: cycles/s", cell: ({ oneCaller }) => oneCaller.perSecond },
      { title: "p50 ms", cell: ({ oneCaller }) => oneCaller.p50Ms },
      { title: "p99 ms", cell: ({ oneCaller }) => oneCaller.p99Ms },
      { title: "CPU µs a cycle", cell: ({ oneCaller }) => oneCaller.cpuUs },
      { title: "64 callers: cycles/s", cell: ({ manyCallers }) => manyCallers.perSecond },
      { title: "p99 ms", cell: ({ manyCallers }) => manyCallers.p99Ms },
      { title: "CPU µs a cycle", cell: ({ manyCallers }) => manyCallers.cpuUs },
    ]),
    table(rows, [
      { title: "Service", cell: ({ label }) => label },
      { title: "hand-offs/s", cell: ({ contention }) => contention.perSecond },
      { title: "longest wait ms", cell: ({ contention }) => contention.longestWaitMs },
      { title: "Jain", cell: ({ contention }) => contention.jainIndex },
      { title: "CPU µs a hand-off", cell: ({ contention }) => contention.cpuUs },
      { title: "a member killed: longest that nobody held, ms", cell: ({ longestGapMs }) => longestGapMs },
      { title: "a holder stopped, TTL 3 s: next one in after ms", cell: ({ pausedHolderMs }) => pausedHolderMs },
      { title: "its late write is told by", cell: ({ peer }) => evidence[peer] ?? "" },
      { title: "overlaps", cell: ({ overlapCount }) => overlapCount },
    ]),
  ];
}

/** What is measured against etcd: ratios claim more than figures of one machine. */
function ratioTable(rows: readonly CoordinationRow[]): string[] {
  const etcd = rows.find(({ peer }) => peer === "etcd");
  if (etcd === undefined) return [];
  return [
    "In ratios, etcd being 1:",
    table(rows, [
      { title: "Service", cell: ({ label }) => label },
      { title: "one caller: cycles", cell: ({ oneCaller }) => oneCaller.perSecond / etcd.oneCaller.perSecond },
      { title: "64 callers: cycles", cell: ({ manyCallers }) => manyCallers.perSecond / etcd.manyCallers.perSecond },
      { title: "hand-offs", cell: ({ contention }) => contention.perSecond / etcd.contention.perSecond },
      { title: "CPU a hand-off", cell: ({ contention }) => contention.cpuUs / etcd.contention.cpuUs },
      { title: "nobody held, a member killed", cell: ({ longestGapMs }) => longestGapMs / etcd.longestGapMs },
    ]),
  ];
}

/** The page with these figures in the place of those between its marks. Throws where it has lost the marks. */
export function withFigures(page: string, setting: Setting, rows: readonly CoordinationRow[]): string {
  const [before, rest] = page.split(marks[0]);
  const after = rest?.split(marks[1])[1];
  if (after === undefined) throw new Error(`the page has lost its marks ${marks.join(" and ")}`);
  const figures = [describe(setting), ...ratioTable(rows), "As measured:", ...coordinationTables(rows)];
  return `${before}${marks[0]}\n\n${figures.join("\n\n")}\n\n${marks[1]}${after}`;
}
