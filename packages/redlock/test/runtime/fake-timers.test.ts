/** Apps are tested with fake timers and a mocked Date: locks on real servers go on, and propose no token of that year. */
import { performance } from "node:perf_hooks";
import { afterEach, expect, test, vi } from "vitest";
import type { Redlock } from "@quorate/redlock";
import { startFleet } from "@quorate/testing";

afterEach(() => {
  vi.useRealTimers();
  vi.resetModules();
});

const realNow = performance.now.bind(performance);

/** The library as it is loaded now. */
async function load(): Promise<{ readonly Redlock: typeof Redlock }> {
  vi.resetModules();
  return import("../../src/index.ts");
}

async function useAll(redlock: Redlock, other: Redlock): Promise<number> {
  const lock = await redlock.acquire("a", 400, { autoExtend: true });
  const waiting = other.acquire("a", 5_000);
  const startedAtMs = realNow();
  while (realNow() - startedAtMs < 900) await redlock.inspect("a");
  expect(lock.isHeld()).toBe(true);
  await lock.release();
  await (await waiting).release();
  return lock.fencingToken! / 1_000;
}

test.each(["before", "after"])(
  "fake timers and a mocked Date that were installed %s the library was loaded",
  async (when) => {
    const fleet = await startFleet({ nodes: 3 });
    const now = Date.now();
    const fake = (): void => {
      vi.useFakeTimers();
      vi.setSystemTime(new Date("2099-01-01"));
    };
    if (when === "before") fake();
    const Loaded = (await load()).Redlock;
    if (when === "after") fake();
    const [redlock, other] = [
      Loaded.connect(fleet.urls, { restartGuardMs: 0 }),
      Loaded.connect(fleet.urls, { restartGuardMs: 0 }),
    ];
    const tokenMs = await useAll(redlock, other);
    expect(Math.abs(tokenMs - now)).toBeLessThan(60_000);
    await Promise.all([redlock.close(), other.close()]);
    vi.useRealTimers();
    await fleet.stop();
  },
);
