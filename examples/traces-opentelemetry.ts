/**
 * Spans, from Node's diagnostics channels: one per operation. What the channels carry names no resource and no token,
 * only a hash; only the API package is needed.
 */
import { tracingChannel } from "node:diagnostics_channel";
import { SpanStatusCode, trace, type Span } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { Redlock, type TraceContext } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

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
const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));

traceRedlock("acquire");
traceRedlock("release");
const redlock = Redlock.connect(nodes);
const lock = await redlock.acquire("examples:invoice", 10_000);
await redlock.acquire("examples:invoice", 10_000, { waitMs: 0 }).catch(() => {});
await lock.release();
await redlock.close();

for (const span of exporter.getFinishedSpans()) console.log(span.name, span.status.message ?? "ok");
