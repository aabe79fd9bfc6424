/** What callers without types get wrong, and what they are told. */
import process from "node:process";
import { expect, onTestFinished, test, vi } from "vitest";
import { Redlock, type WarningEvent } from "@quorate/redlock";
import { memoryNodes } from "@quorate/testing";
import { errorOf } from "../support/error-of.ts";

function make(count = 3): Redlock {
  const redlock = new Redlock(memoryNodes(count).connect());
  onTestFinished(() => redlock.close());
  return redlock;
}

test("options behind the routine are refused, and the routine does not run", async () => {
  const routine = vi.fn<() => void>();
  const using = make().using as (...parameters: unknown[]) => Promise<unknown>;
  const error = await errorOf(using.call(make(), "a", 5_000, routine, { waitMs: 0 }));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toBe("using takes its options before the routine: using(resources, ttlMs, options, routine).");
  expect(routine).not.toHaveBeenCalled();
});

test("a TTL that looks like seconds is warned of once, and taken as it is", async () => {
  const redlock = make();
  const told: WarningEvent[] = [];
  redlock.on("warning", (event) => told.push(event));
  await (await redlock.acquire("a", 10_000)).release();
  expect(told).toEqual([]);
  for (const ttlMs of [30, 30, 60]) await redlock.tryAcquire("a", ttlMs).catch(() => null);
  expect(told).toEqual([
    { code: "SHORT_TTL", message: "tryAcquire: a TTL of 30 is 30 milliseconds. If seconds are meant, write 30_000." },
  ]);
});

test("a BigInt is called one", async () => {
  const error = await errorOf(make().acquire("a", 10_000n as never));
  expect(error.message).toBe("ttlMs must be a number, got the BigInt 10000n.");
});

test("an abort signal of another class is taken, as jsdom has", async () => {
  const { signal } = new AbortController();
  const foreign = Object.create(null, {
    aborted: { get: () => signal.aborted },
    addEventListener: { value: signal.addEventListener.bind(signal) },
    removeEventListener: { value: signal.removeEventListener.bind(signal) },
    throwIfAborted: { value: signal.throwIfAborted.bind(signal) },
  }) as AbortSignal;
  await (await make().acquire("a", 10_000, { signal: foreign })).release();
});

test.each(["in the same turn", "much later"])(
  "a listener that comes %s hears the constructor's warnings, once",
  async (when) => {
    const ofProcess: unknown[] = [];
    const onWarning = (warning: unknown): void => void ofProcess.push(warning);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const redlock = make(4);
    if (when === "much later") await new Promise((resolve) => setTimeout(resolve, 30));
    const told: WarningEvent[] = [];
    redlock.on("warning", (event) => told.push(event));
    redlock.on("warning", () => {});
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(told).toMatchObject([{ code: "EVEN_NODE_COUNT" }]);
    expect(ofProcess).toHaveLength(when === "much later" ? 1 : 0);
  },
);
