import { expect, test } from "vitest";
import { createSimRuntime } from "../../../testing/src/sim/runtime.ts";
import { Stage } from "../../../testing/src/sim/stage.ts";
import { Redlock as NodeRedlock, type RedlockAbortSignal } from "../../src/compat/index.ts";
import type { Node } from "../../src/node/node.ts";

test.each([
  { at: 300, sleeps: 100 },
  { at: 700, sleeps: 224 },
  { at: 1200, sleeps: 150 },
])("of a suspend of $sleeps ms the holder learns before its lock ends", async ({ at, sleeps }) => {
  const stage = new Stage({ nodes: 3 });
  const { process, redlock } = stage.process("holder");
  // Valid for 1 483 ms; the loss is told 75 ms before.
  const lock = await stage.until(redlock.acquire("a", 1500));
  await stage.pass(at);
  process.suspendFor(sleeps);
  await stage.pass(1380 - at);
  expect(lock.signal.aborted).toBe(false);
  await stage.pass(85);
  expect(lock.signal.aborted).toBe(true);
});

test("a long TTL is told of a suspend within a quarter of a second", async () => {
  const stage = new Stage({ nodes: 3 });
  const { process, redlock } = stage.process("holder");
  const lock = await stage.until(redlock.acquire("a", 20_000));
  await stage.pass(5000);
  process.suspendFor(14_500);
  await stage.pass(14_500 + 255);
  expect(lock.signal.aborted).toBe(true);
});

test("also where a lock that is looked after more often is taken right after the suspend", async () => {
  const stage = new Stage({ nodes: 3 });
  const { process, redlock } = stage.process("holder");
  const lock = await stage.until(redlock.acquire("a", 20_000));
  await stage.pass(5010);
  process.suspendFor(14_500);
  await stage.pass(14_500);
  await stage.until(redlock.acquire("b", 1_000));
  expect(lock.signal.aborted).toBe(false);
  await stage.pass(30);
  expect(lock.signal.aborted).toBe(true);
});

test("so is the routine of node-redlock's using", async () => {
  const stage = new Stage({ nodes: 3 });
  const clients: Node[] = [];
  const { process } = stage.process("holder", {}, 0, (nodes) => {
    clients.push(...nodes);
    return nodes;
  });
  const redlock = new NodeRedlock(clients, {}, undefined, createSimRuntime(process));
  let heard: RedlockAbortSignal | undefined;
  const used = redlock.using(["a"], 20_000, async (signal) => {
    heard = signal;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  });
  await stage.pass(5000);
  expect(heard?.aborted).toBe(false);
  process.suspendFor(16_000);
  await stage.pass(16_000 + 255);
  expect(heard?.aborted).toBe(true);
  await stage.until(used);
});

test("a suspend and a wall clock that is set back by as much leave a holder no moment too long", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const stage = new Stage({ nodes: 3, seed });
    const { process, redlock } = stage.process("holder");
    const startedAtMs = stage.scheduler.nowMs;
    const lock = await stage.until(redlock.acquire("a", 1500));
    await stage.pass(stage.prng.between(1, 20));
    process.suspendFor(1200);
    process.clocks.stepWall(-5000);
    await stage.pass(1200 + stage.prng.between(1, 20));
    const leftMs = startedAtMs + 1500 - 17 - stage.scheduler.nowMs;
    expect(lock.remainingMs()).toBeLessThanOrEqual(leftMs + 1);
  }
});
