/**
 * A run as one self-contained HTML file: holders as bars per resource, what was wrong with each process and node, every
 * vote as a tick, and whoever held at the same time as somebody else in red. Nothing is loaded from anywhere.
 */
import type { Outcome } from "../sim/world.ts";
import { type Row, rowsOf } from "./rows.ts";
import { bar, escapeText, label, verticalLine } from "./svg.ts";
import { renderTimeline } from "./timeline.ts";

const ROW_HEIGHT = 20;
const GROUP_HEIGHT = 26;
const LEFT = 130;
const CHART_WIDTH = 1400;
/** Shown before the first violation, and after it. */
const BEFORE_MS = 4000;
const AFTER_MS = 300;

const STYLE = `
  body { font: 13px/1.4 system-ui, sans-serif; margin: 24px; color: #1d2433; background: #fff; }
  h1 { font-size: 17px; } pre { font-size: 11px; background: #f5f6f8; padding: 12px; overflow-x: auto; }
  .violation { color: #b3001b; font-weight: 600; }
  .label { font-size: 11px; fill: #1d2433; } .group { font-size: 12px; font-weight: 600; fill: #1d2433; }
  .axis { font-size: 10px; fill: #667; } .grid { stroke: #e3e6ec; } .lane { fill: #f7f8fa; }
  .held { fill: #2f7d5d; } .both { fill: #d7263d; } .outage { fill: #55606f; opacity: .55; }
  .trouble { fill: #e0a82e; opacity: .35; } .wrong { stroke: #d7263d; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .vote { fill: #2f7d5d; } .vote.release { fill: #4a7fb5; } .vote.refused { fill: #d98324; }
`;

interface Scale {
  readonly fromMs: number;
  readonly toMs: number;
  x(atMs: number): number;
}

/** `outcome` is best run with `traceAnswers`: then every vote is a tick. */
export function renderHtml(outcome: Outcome): string {
  const { plan, violations } = outcome;
  const title = `seed ${plan.seed}, profile "${plan.profile}"`;
  const found = violations.map(
    ({ oracle, atMs, detail }) =>
      `<p class="violation">${escapeText(oracle)} at ${atMs.toFixed(3)} ms: ${escapeText(detail)}</p>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeText(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeText(title)}: ${violations.length === 0 ? "no violation" : "VIOLATION"}</h1>
<p>${plan.nodes.length} nodes, ${plan.processes.length} processes, ${outcome.acquiredCount} locks acquired. Time is true
time, which nobody in the run can read. Point at a bar or a tick to see what it is.</p>
${found.join("\n")}
${chart(outcome)}
<p>Bars: held (green), held by two at once (red), stopped or killed (grey), disturbed (yellow). Ticks: granted (green),
released (blue), refused or failed (orange).</p>
<pre>${escapeText(renderTimeline(outcome))}</pre></body></html>
`;
}

function chart(outcome: Outcome): string {
  const scale = scaleOf(outcome);
  const parts: string[] = [];
  let y = 20;
  let group = "";
  for (const row of rowsOf(outcome)) {
    if (row.group !== group) {
      group = row.group;
      y += GROUP_HEIGHT;
      parts.push(label(0, y - 8, group, "group"));
    }
    parts.push(drawRow(row, y, scale));
    y += ROW_HEIGHT;
  }
  const wrong = outcome.violations.map(({ atMs, oracle, detail }) =>
    verticalLine(scale.x(atMs), 14, y, "wrong", `${oracle}: ${detail}`),
  );
  const width = LEFT + CHART_WIDTH + 20;
  const body = [...axis(scale, y), ...parts, ...wrong].join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 10}" role="img">${body}</svg>`;
}

function scaleOf({ violations, simulatedMs }: Outcome): Scale {
  const first = violations[0];
  const fromMs = first === undefined ? 0 : Math.max(0, first.atMs - BEFORE_MS);
  const toMs = first === undefined ? simulatedMs : first.atMs + AFTER_MS;
  return { fromMs, toMs, x: (atMs) => LEFT + ((atMs - fromMs) / (toMs - fromMs)) * CHART_WIDTH };
}

function drawRow(row: Row, y: number, scale: Scale): string {
  const lane = `<rect class="lane" x="${LEFT}" y="${y + 1}" width="${CHART_WIDTH}" height="${ROW_HEIGHT - 2}"/>`;
  const spans = row.spans
    .filter(({ fromMs, toMs }) => toMs >= scale.fromMs && fromMs <= scale.toMs)
    .map(({ fromMs, toMs, className, hint }) => {
      const x = scale.x(Math.max(fromMs, scale.fromMs));
      const width = scale.x(Math.min(toMs, scale.toMs)) - x;
      return bar({ x, y: y + 3, width, height: ROW_HEIGHT - 6 }, className, hint);
    });
  return [lane, label(8, y + 14, row.name), ...spans].join("\n");
}

/** About ten round steps. */
function axis(scale: Scale, bottom: number): string[] {
  const roughMs = (scale.toMs - scale.fromMs) / 10;
  const magnitude = 10 ** Math.floor(Math.log10(roughMs));
  const stepMs = magnitude * ([1, 2, 5, 10].find((factor) => factor * magnitude >= roughMs) ?? 10);
  const parts: string[] = [];
  for (let atMs = Math.ceil(scale.fromMs / stepMs) * stepMs; atMs <= scale.toMs; atMs += stepMs) {
    parts.push(verticalLine(scale.x(atMs), 18, bottom, "grid", ""), label(scale.x(atMs) + 2, 12, `${atMs} ms`, "axis"));
  }
  return parts;
}
