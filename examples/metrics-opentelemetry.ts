/**
 * The same for OpenTelemetry, and spans: counters and gauges are read from `redlock.metrics()`, durations come with the
 * events, spans from Node's diagnostics channels. Only the API package is needed; the SDK is what your service has anyway.
 */
import { tracingChannel } from "node:diagnostics_channel";
import { metrics, SpanStatusCode, trace, type Span } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { Redlock, type TraceContext } from "@quorate/redlock";
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

/** One span per operation. What the channels carry names no resource and no token, only a hash. */
function traceRedlock(operation: "acquire" | "extend" | "release"): void {
  const tracer = trace.getTracer("redlock");
  const spans = new WeakMap<object, Span>();
  tracingChannel<unknown, TraceContext>(`redlock:${operation}`).subscribe({
    start(context) {
      const { name, resources, ttlMs } = context;
      const attributes = { "redlock.name": name, "redlock.resources": [...resources], "redlock.ttl_ms": ttlMs };
      spans.set(context, tracer.startSpan(`redlock.${operation}`, { attributes }));
    },
    end() {},
    asyncStart() {},
    error(context) {
      const { error } = context;
      spans.get(context)?.setStatus({ code: SpanStatusCode.ERROR, message: error?.code ?? "" });
    },
    asyncEnd(context) {
      spans.get(context)?.end();
    },
  });
}

// Your service has this part already.
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 60_000 });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
const spanExporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] }));

const redlock = Redlock.connect(nodes);
observeRedlock(redlock);
traceRedlock("acquire");
traceRedlock("release");

const lock = await redlock.acquire("examples:invoice", 10_000);
await redlock.acquire("examples:invoice", 10_000, { waitMs: 0 }).catch(() => {});

await reader.forceFlush();
const [exported] = metricExporter.getMetrics();
const all = exported?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
for (const name of ["redlock_acquired_total", "redlock_held_locks"]) {
  console.log(name, all.find(({ descriptor }) => descriptor.name === name)?.dataPoints[0]?.value);
}
await lock.release();
for (const span of spanExporter.getFinishedSpans()) console.log(span.name, span.status.message ?? "ok");

await redlock.close();
await reader.shutdown();
