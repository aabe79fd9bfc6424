/** What a nested handle gets is what its caller asked for, and a context never waits for itself. */
import { type Lock, QuorumUnavailableError, ResourceLockedError } from "@quorate/redlock";
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";

/** One process whose context holds "a" for a second, not extended, and then runs `work`. */
async function within(
  work: (stage: Stage, lock: Lock, redlock: ReturnType<Stage["process"]>["redlock"]) => Promise<void>,
): Promise<void> {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p", { reentrant: true });
  await stage.until(redlock.using("a", 1000, { autoExtend: false }, (_signal, lock) => work(stage, lock, redlock)));
}

const sleep = (stage: Stage, delayMs: number): Promise<void> =>
  new Promise((resolve) => stage.scheduler.after(delayMs, resolve));

test.each([2000, 1000, 500])("with little left of the lock, a nested handle for %i ms gets them", (ttlMs) =>
  within(async (stage, outer, redlock) => {
    await sleep(stage, 870);
    expect(outer.remainingMs()).toBeLessThan(120);
    const nested = await redlock.acquire("a", ttlMs);
    expect(nested.remainingMs()).toBeGreaterThan(ttlMs * 0.98 - 5);
    await sleep(stage, 300);
    expect([outer.isHeld(), nested.isHeld()]).toEqual([true, true]);
  }),
);

test("with little left of the lock and no quorum to confirm more, it gets an error", () =>
  within(async (stage, outer, redlock) => {
    await sleep(stage, 870);
    stage.network.blackHole([0, 1]);
    await expect(redlock.using("a", 1000, async () => undefined)).rejects.toBeInstanceOf(QuorumUnavailableError);
    expect(outer.isHeld()).toBe(true);
  }));

test("a nested routine is kept alive in a lock that is not, and the lock no longer than the routine", () =>
  within(async (stage, outer, redlock) => {
    await redlock.using("a", 1000, async (signal) => {
      await sleep(stage, 10_000);
      expect(signal.aborted).toBe(false);
    });
    expect(outer.isHeld()).toBe(true);
    await sleep(stage, 1000);
    expect(outer.isHeld()).toBe(false);
  }));

test("a context whose own handle was released goes on with a nested one, and does not wait for itself", () =>
  within(async (stage, outer, redlock) => {
    const nested = await redlock.acquire("a", 1000);
    expect(await outer.release()).toBe("released");
    const before = stage.scheduler.nowMs;
    const third = await redlock.acquire("a", 500);
    expect(third.token).toBe(nested.token);
    expect(stage.scheduler.nowMs - before).toBeLessThan(10);
    await nested.release();
    expect(third.isHeld()).toBe(true);
    await third.release();
    await sleep(stage, 10);
    expect(stage.keysOf("a").size).toBe(0);
  }));

test("a context that holds one of two resources is refused both at once, as nobody else would free it", () =>
  within(async (stage, _outer, redlock) => {
    const before = stage.scheduler.nowMs;
    const asking = redlock.acquire(["b", "a"], 1000, { waitMs: 60_000 });
    await expect(asking).rejects.toBeInstanceOf(ResourceLockedError);
    await expect(asking).rejects.toMatchObject({ lockedResource: "a" });
    expect(stage.scheduler.nowMs).toBe(before);
    expect(await redlock.tryAcquire(["b", "a"], 1000)).toBeNull();
  }));

test("a nested handle with fencing is refused in a lock without", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p", { reentrant: true });
  const working = redlock.using("a", 1000, { fencing: false }, async () => {
    await redlock.using("a", 1000, { fencing: false }, async () => undefined);
    await redlock.using("a", 1000, async () => undefined);
  });
  await expect(stage.until(working)).rejects.toThrow(/^Option fencing must be false in a lock that was taken/);
});
