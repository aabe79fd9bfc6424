/** What a soak came to, for people and for programs. */
import { type Series, type Trend, trendOf } from "./flat.ts";
import type { Sample } from "./sampler.ts";

/** What is known at one moment of a soak. */
export interface SoakReport {
  readonly isFinished: boolean;
  readonly seed: number;
  readonly lastedMs: number;
  readonly grantedCount: number;
  readonly refusedCount: number;
  readonly lostCount: number;
  readonly troubles: Readonly<Record<string, number>>;
  /** Of renewals: how long after their due time they were asked. */
  readonly lateness: { readonly count: number; readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };
  readonly trends: readonly Trend[];
  readonly overlaps: readonly string[];
  /** Keys, processes, timers and sockets that were there when all was given back and closed. */
  readonly left: readonly string[];
  readonly faults: readonly string[];
  readonly samples: readonly Sample[];
}

export function trendsOf(samples: readonly Sample[]): Trend[] {
  const names = new Set(samples.flatMap(({ figures }) => Object.keys(figures)));
  return [...names]
    .map((name) => trendOf(seriesOf(name, samples)))
    .filter((trend) => trend !== undefined)
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Without the samples in which its process did not answer; what is counted by kind is 0 where its process did. */
function seriesOf(name: string, samples: readonly Sample[]): Series {
  const who = name.slice(0, name.indexOf(" ") + 1);
  const answered = samples.filter(({ figures }) => Object.keys(figures).some((each) => each.startsWith(who)));
  return { name, points: answered.map(({ atMs, figures }) => [atMs, figures[name] ?? 0] as const) };
}

export function latenessOf(lateMs: readonly number[]): SoakReport["lateness"] {
  const sorted = lateMs.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1) ?? 0 };
}

/** Whether nothing is wrong. */
export function isClean({ overlaps, left, faults, trends }: SoakReport): boolean {
  return overlaps.length + left.length + faults.length === 0 && trends.every(({ isFlat }) => isFlat);
}

export function inWords(report: SoakReport): string {
  const { lateness, trends } = report;
  const rows = trends.map(
    ({ name, first, last, median, max, rise, isFlat }) =>
      `  ${isFlat ? "flat  " : "RISING"} ${name.padEnd(24)} first ${shown(first)}, last ${shown(last)}, ` +
      `median ${shown(median)}, max ${shown(max)}, rise ${shown(rise)}`,
  );
  return [
    `${Math.round(report.lastedMs / 1000)} s: ${report.grantedCount} locks granted, ${report.refusedCount} refused, ${report.lostCount} lost`,
    ...Object.entries(report.troubles).map(([name, count]) => `  ${count} x ${name}`),
    `renewals: ${lateness.count} measured, late by p50 ${lateness.p50Ms.toFixed(1)} ms, ` +
      `p99 ${lateness.p99Ms.toFixed(1)} ms, max ${lateness.maxMs.toFixed(1)} ms`,
    ...rows,
    `${report.overlaps.length} overlaps, ${report.left.length} left, ${report.faults.length} faults, ` +
      `${trends.filter(({ isFlat }) => !isFlat).length} of ${trends.length} figures rise`,
    ...[...report.overlaps, ...report.left, ...report.faults].slice(0, 20),
  ].join("\n");
}

function shown(value: number): string {
  return Math.abs(value) >= 100_000 ? `${(value / 2 ** 20).toFixed(2)} MiB` : String(Math.round(value * 100) / 100);
}
