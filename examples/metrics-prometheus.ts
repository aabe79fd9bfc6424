/** Everything that `redlock.metrics()` counts, on a Prometheus endpoint made with prom-client. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Redlock, type HistogramMetric, type NumberMetric } from "@quorate/redlock";
import { Registry, type Metric } from "prom-client";
import { nodes } from "./nodes.ts";

type Line = { readonly metricName?: string; readonly labels: object; readonly value: number };

/** One entry of the registry per metric, each reading a fresh snapshot when Prometheus asks. */
function registerRedlock(redlock: Redlock, registry: Registry): void {
  const read = (name: string) => redlock.metrics().metrics.find((metric) => metric.name === name)!;
  for (const { name } of redlock.metrics().metrics) {
    const get = async () => {
      const metric = read(name);
      return { ...metric, aggregator: "sum", values: linesOf(metric, { redlock: redlock.metrics().name }) };
    };
    // All that a registry asks of a metric is its name, and its numbers when it is read.
    registry.registerMetric({ name, get, reset() {} } as unknown as Metric);
  }
}

function linesOf(metric: NumberMetric | HistogramMetric, common: object): Line[] {
  if (metric.type !== "histogram") {
    return metric.samples.map(({ labels, value }) => ({ labels: { ...common, ...labels }, value }));
  }
  const { name, bounds, sample } = metric;
  const bucket = (le: number | "+Inf", value: number): Line => ({
    metricName: `${name}_bucket`,
    labels: { ...common, le },
    value,
  });
  return [
    ...bounds.map((bound, index) => bucket(bound, sample.bucketCounts[index]!)),
    bucket("+Inf", sample.count),
    { metricName: `${name}_sum`, labels: common, value: sample.sum },
    { metricName: `${name}_count`, labels: common, value: sample.count },
  ];
}

const redlock = Redlock.connect(nodes, { name: "billing" });
const registry = new Registry();
registerRedlock(redlock, registry);

const server = createServer((_request, response) => {
  response.setHeader("Content-Type", registry.contentType);
  void registry.metrics().then((text) => response.end(text));
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));

await redlock.using("examples:invoice", 10_000, () => {});
await redlock.using("examples:invoice", 10_000, () => {});

const page = await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)).text();
const shown = /^redlock_(?:acquired_total|held_locks|quorum|held_duration_seconds_count|lost_total)\{/;
for (const line of page.split("\n").filter((line) => shown.test(line))) console.log(line);
// A resource's name is no label: there is no end of them.
console.log(`names the resource: ${page.includes("invoice")}`);

server.close();
await redlock.close();
