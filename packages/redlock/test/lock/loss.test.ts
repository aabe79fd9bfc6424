import { LockLostError } from "@quorate/redlock";
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";

test.each([
  { when: "nobody extends it", options: {}, why: "autoExtend is off, and nobody extended it in time" },
  {
    when: "maxHoldMs is over",
    options: { autoExtend: true, maxHoldMs: 2500 },
    why: "it was held for maxHoldMs (2500 ms), and is not extended beyond that",
  },
])("when $when, the loss says so, and not that nodes failed", async ({ options, why }) => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  const lock = await stage.until(redlock.acquire("a", 1000, options));
  await stage.pass(5000);
  expect((lock.signal.reason as Error).message).toContain(`its validity is about to end: ${why}.`);
});

test("when the nodes are cut off, the loss says that no quorum extended it, and what each node said", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  const lock = await stage.until(redlock.acquire("a", 1000, { autoExtend: true }));
  await stage.pass(50);
  stage.network.blackHole([0, 1]);
  await stage.pass(3000);
  const reason = lock.signal.reason as LockLostError;
  expect(reason.message).toContain("no quorum of nodes extended it");
  expect(reason.votes.slice(0, 2).map(({ outcome }) => outcome)).toEqual(["unknown", "unknown"]);
});

test("when the process was stopped, the loss blames it", async () => {
  const stage = new Stage({ nodes: 3 });
  const { process, redlock } = stage.process("p");
  const lock = await stage.until(redlock.acquire("a", 1000, { autoExtend: true }));
  process.stopFor(1500);
  await stage.pass(1600);
  expect((lock.signal.reason as Error).message).toContain("this process did not run meanwhile");
});

test("when the process was stopped until after maxHoldMs, the loss still blames the stop", async () => {
  const stage = new Stage({ nodes: 3 });
  const { process, redlock } = stage.process("p");
  const lock = await stage.until(redlock.acquire("a", 1000, { autoExtend: true, maxHoldMs: 5000 }));
  process.stopFor(6000);
  await stage.pass(6100);
  expect((lock.signal.reason as Error).message).toContain("this process did not run meanwhile");
});

test("a nested handle that was released and asked does not spoil what the loss says later", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  let reason: unknown;
  const working = redlock.using("a", 1000, { reentrant: true, maxHoldMs: 500 }, async (signal) => {
    const nested = await redlock.acquire("a", 1000, { reentrant: true });
    await nested.release();
    expect(() => nested.assertHeld()).toThrow(/^This handle of the lock on "a" was released/);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    reason = signal.reason;
  });
  await stage.until(working);
  expect((reason as Error).message).toContain("maxHoldMs (500 ms)");
});

test("an extend whose replies are read when the loss is due rejects, even if a quorum confirmed it", async () => {
  const stage = new Stage({ nodes: 3 });
  const { process, redlock } = stage.process("p");
  const extended: unknown[] = [];
  redlock.on("extended", (event) => extended.push(event));
  const lock = await stage.until(redlock.acquire("a", 1000));
  await stage.pass(100);
  const extending = lock.extend().catch((error: unknown) => error);
  // The request leaves when the turn is over. Of the 988 ms of the extend, 28 are left when its replies are read.
  stage.scheduler.after(0.1, () => process.stop());
  await stage.pass(960);
  process.resume();
  expect(await stage.until(extending)).toBeInstanceOf(LockLostError);
  expect(lock.isHeld()).toBe(false);
  expect(extended).toEqual([]);
});

test("validUntil of a lock that has ended is when that was, and stays", async () => {
  const stage = new Stage({ nodes: 3 });
  const { process, redlock } = stage.process("p");
  const wallMs = (): number => process.clocks.read().wallMs;
  const [released, lost, late] = [
    await stage.until(redlock.acquire("a", 5000)),
    await stage.until(redlock.acquire("b", 1000)),
    await stage.until(redlock.acquire("c", 3000)),
  ];
  const releasedAtMs = wallMs();
  await stage.until(released.release());
  await stage.pass(2000);
  const lateUntil = late.validUntil;
  process.stopFor(5000);
  await stage.pass(6000);
  expect(Math.abs(released.validUntil.getTime() - releasedAtMs)).toBeLessThanOrEqual(1);
  const lostAfterMs = lost.validUntil.getTime() - lost.acquiredAt.getTime();
  expect(lostAfterMs).toBeGreaterThan(900);
  expect(lostAfterMs).toBeLessThan(1000);
  expect(late.isHeld()).toBe(false);
  expect(Math.abs(late.validUntil.getTime() - lateUntil.getTime())).toBeLessThanOrEqual(1);
});
