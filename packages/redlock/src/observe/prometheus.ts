/** The metrics in Prometheus's own text, for an endpoint without any library. */
import type { HistogramMetric, MetricsSnapshot, NumberMetric } from "./metrics.ts";

type Metric = NumberMetric | HistogramMetric;

/** What the endpoint says of its text. */
export const PROMETHEUS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * One snapshot, or those of several `Redlock`s with a `name` each, which is the label `redlock`.
 *
 * `response.setHeader("content-type", PROMETHEUS_CONTENT_TYPE).end(prometheusText(redlock.metrics()))`
 */
export function prometheusText(snapshots: MetricsSnapshot | readonly MetricsSnapshot[]): string {
  const all = Array.isArray(snapshots) ? (snapshots as readonly MetricsSnapshot[]) : [snapshots as MetricsSnapshot];
  const lines = new Map<string, string[]>();
  for (const { name: redlock, metrics } of all) {
    for (const metric of metrics) {
      const { name, help, type } = metric;
      const own = lines.get(name) ?? [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
      own.push(...samplesOf(metric, redlock));
      lines.set(name, own);
    }
  }
  return [...lines.values()].flat().join("\n") + "\n";
}

function samplesOf(metric: Metric, redlock: string): string[] {
  const { name } = metric;
  if (metric.type !== "histogram") {
    return metric.samples.map(({ labels, value }) => `${name}${braces({ redlock, ...labels })} ${value}`);
  }
  const { bounds, sample } = metric;
  const bucket = (le: string, count: number): string => `${name}_bucket${braces({ redlock, le })} ${count}`;
  return [
    ...bounds.map((bound, index) => bucket(String(bound), sample.bucketCounts[index]!)),
    bucket("+Inf", sample.count),
    `${name}_sum${braces({ redlock })} ${sample.sum}`,
    `${name}_count${braces({ redlock })} ${sample.count}`,
  ];
}

function braces(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escapeLabel(text)}"`);
  return `{${pairs.join(",")}}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
