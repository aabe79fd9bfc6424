/**
 * The same for OpenTelemetry: counters and gauges are read from `redlock.metrics()`, durations come with the events. Only
 * the API package is needed; the SDK is what your service has anyway.
 */
import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

function observeRedlock(redlock: Redlock): void {
  const meter = metrics.getMeter("redlock");
  for (const metric of redlock.metrics().metrics) {
    if (metric.type === "histogram") continue;
    const options = { description: metric.help };
    const instrument =
      metric.type === "counter"
        ? meter.createObservableCounter(metric.name, options)
        : meter.createObservableGauge(metric.name, options);
    instrument.addCallback((observed) => {
      const now = redlock.metrics().metrics.find(({ name }) => name === metric.name);
      if (now === undefined || now.type === "histogram") return;
      for (const { labels, value } of now.samples) observed.observe(value, labels);
    });
  }
  const acquired = meter.createHistogram("redlock_acquire_duration_seconds", { unit: "s" });
  const held = meter.createHistogram("redlock_held_duration_seconds", { unit: "s" });
  redlock.on("acquired", ({ elapsedMs }) => acquired.record(elapsedMs / 1_000));
  redlock.on("released", ({ heldMs }) => held.record(heldMs / 1_000));
}

// Your service has this part already.
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

const redlock = Redlock.connect(nodes);
observeRedlock(redlock);
const lock = await redlock.acquire("examples:invoice", 10_000);

await reader.forceFlush();
const [exported] = exporter.getMetrics();
const all = exported?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
for (const name of ["redlock_acquired_total", "redlock_held_locks"]) {
  console.log(name, all.find(({ descriptor }) => descriptor.name === name)?.dataPoints[0]?.value);
}

await lock.release();
await redlock.close();
await reader.shutdown();
