/**
 * A run as one self-contained HTML file: holders as bars per resource, what was wrong with each process and node, every
 * vote as a tick, and whoever held at the same time as somebody else in red. Nothing is loaded from anywhere.
 */
import { type Row, rowsOf } from "./rows.ts";
import type { Story } from "./story.ts";
import { bar, escapeText, label, verticalLine } from "./svg.ts";
import { renderTimeline } from "./timeline.ts";

const ROW_HEIGHT = 20;
const GROUP_HEIGHT = 26;
const LEFT = 130;
/** With the labels, what fits on a small screen. */
const CHART_WIDTH = 980;
/** Shown before the first violation, and after it. */
const BEFORE_MS = 4000;
const AFTER_MS = 300;
/** The first is the cause; the others mostly follow. */
const MOST_BREACHES = 3;

const STYLE = `
  :root { color-scheme: light dark; --text: #1d2433; --page: #fff; --box: #f5f6f8; --faint: #667; --line: #e3e6ec; --wrong: #b3001b; }
  @media (prefers-color-scheme: dark) {
    :root { --text: #dfe3ea; --page: #15181e; --box: #1f232b; --faint: #98a1b0; --line: #333a46; --wrong: #ff6b7c; }
  }
  body { font: 13px/1.4 system-ui, sans-serif; margin: 24px; color: var(--text); background: var(--page); }
  h1 { font-size: 17px; } pre { font-size: 11px; background: var(--box); padding: 12px; } pre, .chart { overflow-x: auto; }
  .violation { color: var(--wrong); font-weight: 600; }
  .label { font-size: 11px; fill: var(--text); } .group { font-size: 12px; font-weight: 600; fill: var(--text); }
  .axis { font-size: 10px; fill: var(--faint); } .grid { stroke: var(--line); } .lane { fill: var(--box); }
  .held { fill: #2f7d5d; } .pair { fill: #f0a3ab; stroke: #d7263d; } .both { fill: #d7263d; } .outage { fill: #7b8797; opacity: .6; }
  .trouble { fill: #e0a82e; opacity: .35; } .wrong { stroke: #d7263d; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .vote { fill: #2f7d5d; } .vote.release { fill: #4a7fb5; } .vote.refused { fill: #d98324; }
`;

const LEGEND = `<p class="legend">${[
  ["held", "held"],
  ["pair", "held, and somebody else did too"],
  ["both", "at the same time"],
  ["outage", "killed or stopped"],
  ["trouble", "disturbed"],
  ["vote acquire", "granted"],
  ["vote release", "released"],
  ["vote refused", "refused or failed"],
]
  .map(
    ([className, text]) =>
      `<svg width="14" height="12"><rect class="${className}" width="12" height="12"/></svg> ${text}`,
  )
  .join(" &nbsp; ")}</p>`;

interface Scale {
  /** The beginning of the story: all times are shown from there. */
  readonly zeroMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  x(atMs: number): number;
}

/** Nothing is loaded from anywhere: the file can be kept with a test's other artifacts. */
export function renderHtml(story: Story): string {
  const { title, breaches, nodeCount, processes, history } = story;
  const zeroMs = story.fromMs;
  const found = breaches
    .slice(0, MOST_BREACHES)
    .map(
      ({ promise, atMs, detail }) =>
        `<p class="violation">${escapeText(promise)} at ${(atMs - zeroMs).toFixed(3)} ms: ${escapeText(detail)}</p>`,
    );
  if (breaches.length > found.length)
    found.push(`<p>and ${breaches.length - found.length} more that follow from it</p>`);
  const grantedCount = history.filter(({ kind }) => kind === "granted").length;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeText(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeText(title)}: ${breaches.length === 0 ? "no violation" : "VIOLATION"}</h1>
<p>${nodeCount} nodes, ${processes.length} processes, ${grantedCount} locks acquired. Point at a bar or a tick to see
what it is.</p>
${found.join("\n")}
${chart(story)}
${LEGEND}
<pre>${escapeText(renderTimeline(story))}</pre></body></html>
`;
}

function chart(story: Story): string {
  const scale = scaleOf(story);
  const lanes: string[] = [];
  const spans: string[] = [];
  let y = 20;
  let group = "";
  for (const row of rowsOf(story)) {
    if (row.group !== group) {
      group = row.group;
      y += GROUP_HEIGHT;
      lanes.push(label(0, y - 8, group, "group"));
    }
    lanes.push(drawLane(row, y));
    spans.push(...drawSpans(row, y, scale));
    y += ROW_HEIGHT;
  }
  const wrong = story.breaches
    .slice(0, MOST_BREACHES)
    .map(({ atMs, promise, detail }) => verticalLine(scale.x(atMs), 14, y, "wrong", `${promise}: ${detail}`));
  const width = LEFT + CHART_WIDTH + 40;
  const body = [...lanes, ...axis(scale, y), ...wrong, ...spans].join("\n");
  return `<div class="chart"><svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 10}" role="img">${body}</svg></div>`;
}

function scaleOf({ breaches, fromMs: zeroMs, toMs: endMs }: Story): Scale {
  const first = breaches[0];
  const fromMs = first === undefined ? zeroMs : Math.max(zeroMs, first.atMs - BEFORE_MS);
  const toMs = Math.max(fromMs + 1, first === undefined ? endMs : first.atMs + AFTER_MS);
  return { zeroMs, fromMs, toMs, x: (atMs) => LEFT + ((atMs - fromMs) / (toMs - fromMs)) * CHART_WIDTH };
}

function drawLane({ name }: Row, y: number): string {
  const box = { x: LEFT, y: y + 1, width: CHART_WIDTH, height: ROW_HEIGHT - 2 };
  return bar(box, "lane", name) + label(8, y + 14, name);
}

function drawSpans(row: Row, y: number, scale: Scale): string[] {
  return row.spans
    .filter(({ fromMs, toMs }) => toMs >= scale.fromMs && fromMs <= scale.toMs)
    .map(({ fromMs, toMs, className, hint }) => {
      const x = scale.x(Math.max(fromMs, scale.fromMs));
      const width = Math.max(narrowest(className), scale.x(Math.min(toMs, scale.toMs)) - x);
      return bar({ x, y: y + 3, width, height: ROW_HEIGHT - 6 }, className, hint);
    });
}

/** A lock that was held by two for a microsecond must be seen all the same. */
function narrowest(className: string): number {
  return className === "both" ? 4 : 1;
}

/** About ten round steps. */
function axis(scale: Scale, bottom: number): string[] {
  const roughMs = (scale.toMs - scale.fromMs) / 10;
  const magnitude = 10 ** Math.floor(Math.log10(roughMs));
  const stepMs = magnitude * ([1, 2, 5, 10].find((factor) => factor * magnitude >= roughMs) ?? 10);
  const parts: string[] = [];
  const { zeroMs } = scale;
  const first = Math.ceil((scale.fromMs - zeroMs) / stepMs) * stepMs;
  for (let atMs = first; zeroMs + atMs <= scale.toMs; atMs += stepMs) {
    const x = scale.x(zeroMs + atMs);
    parts.push(verticalLine(x, 18, bottom, "grid", ""), label(x + 2, 12, `${Math.round(atMs)} ms`, "axis"));
  }
  return parts;
}
