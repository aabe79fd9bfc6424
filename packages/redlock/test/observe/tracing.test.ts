import { tracingChannel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { AsyncLocalStorage } from "node:async_hooks";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { Redlock, type TraceContext } from "@quorate/redlock";
import { startFleet, type Fleet } from "@quorate/testing";
import { hashOf } from "../../src/observe/tracing.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

type Step = "start" | "end" | "asyncStart" | "asyncEnd" | "error";

/** What is published during the test, as [channel, step, context as it was then]. */
function record(): [channel: string, step: Step, context: Record<string, unknown>][] {
  const told: ReturnType<typeof record> = [];
  for (const name of ["acquire", "extend", "release"]) {
    const channel = tracingChannel(`redlock:${name}`);
    const note = (step: Step) => (context: object) => void told.push([name, step, { ...context }]);
    const listeners = {
      start: note("start"),
      end: note("end"),
      asyncStart: note("asyncStart"),
      asyncEnd: note("asyncEnd"),
      error: note("error"),
    };
    channel.subscribe(listeners);
    onTestFinished(() => void channel.unsubscribe(listeners));
  }
  return told;
}

function connect(options: object = {}): Redlock {
  const redlock = Redlock.connect(fleet.urls, { restartGuardMs: 0, ...options });
  onTestFinished(() => redlock.close());
  return redlock;
}

test("acquire, extend and release are traced from start to asyncEnd, with hashes and without tokens", async () => {
  const told = record();
  const lock = await connect({ name: "traced" }).acquire("traced-resource", 10_000);
  await lock.extend(20_000);
  await lock.release();
  expect(told.map(([channel, step]) => `${channel} ${step}`)).toEqual(
    ["acquire", "extend", "release"].flatMap((name) =>
      ["start", "end", "asyncStart", "asyncEnd"].map((step) => `${name} ${step}`),
    ),
  );
  const common = { name: "traced", resources: [hashOf("traced-resource")] };
  const ends = told.filter(([, step]) => step === "asyncEnd").map(([, , context]) => context);
  expect(ends).toEqual([
    { ...common, ttlMs: 10_000, result: { fencingToken: lock.fencingToken } },
    { ...common, ttlMs: 20_000, result: {} },
    { ...common, ttlMs: 20_000, result: { outcome: "released" } },
  ]);
  expect(JSON.stringify(told)).not.toContain(lock.token);
  expect(JSON.stringify(told)).not.toContain("traced-resource");
});

test("a refused acquire is traced with its code; the caller gets the error itself", async () => {
  const redlock = connect();
  await redlock.acquire("refused-resource", 10_000);
  const told = record();
  await expect(connect().acquire("refused-resource", 10_000, { waitMs: 0 })).rejects.toMatchObject({
    code: "RESOURCE_LOCKED",
    message: expect.stringContaining("refused-resource"),
  });
  const [, , { error }] = told.find(([, step]) => step === "error")!;
  expect(error).toMatchObject({ name: "ResourceLockedError", code: "RESOURCE_LOCKED", message: "RESOURCE_LOCKED" });
  expect(JSON.stringify([error, String(error)])).not.toContain("refused-resource");
});

test("publishNames: true publishes names", async () => {
  const told = record();
  await connect({ publishNames: true }).using("named-resource", 10_000, () => {});
  expect(told.every(([, , { resources }]) => String(resources) === "named-resource")).toBe(true);
});

test("a store bound to the start channel is seen inside the routine's acquire, as tracers need", async () => {
  const spans = new AsyncLocalStorage<string>();
  const { start } = tracingChannel<unknown, TraceContext>("redlock:acquire");
  start.bindStore(spans, ({ ttlMs }) => `span of ${ttlMs}`);
  onTestFinished(() => void start.unbindStore(spans));
  const seen: (string | undefined)[] = [];
  const redlock = connect();
  redlock.on("acquired", () => seen.push(spans.getStore()));
  await redlock.using("bound", 10_000, () => {});
  expect(seen).toEqual(["span of 10000"]);
});

test("a lost lock is published once, with the reason", async () => {
  const told: unknown[] = [];
  const note = (message: unknown): void => void told.push(message);
  subscribe("redlock:lost", note);
  onTestFinished(() => void unsubscribe("redlock:lost", note));
  const redlock = connect({ name: "loser" });
  const lock = await redlock.acquire("lost-resource", 200);
  await new Promise((resolve) => lock.signal.addEventListener("abort", resolve, { once: true }));
  expect(told).toEqual([
    {
      name: "loser",
      resources: [hashOf("lost-resource")],
      fencingToken: lock.fencingToken,
      reason: "not-extended",
      detail: expect.stringContaining("about to end"),
    },
  ]);
});
