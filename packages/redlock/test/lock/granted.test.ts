/** A lock goes by what nodes granted, not by what was asked of them: its pace, its margin, and when its loss is told. */
import { type Lock, QuorumUnavailableError, Redlock } from "@quorate/redlock";
import type { Node } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";
import { answering, granted } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";

/** For a while neither node 0 nor node 1 can be reached, and an extend fails. */
async function failToExtend(stage: Stage, extend: () => Promise<unknown>): Promise<void> {
  const cut = stage.network.blackHole([0, 1]);
  await expect(stage.until(extend())).rejects.toBeInstanceOf(QuorumUnavailableError);
  await stage.pass(600);
  cut[Symbol.dispose]();
}

test("a lock lives on after an extend by much more that no quorum confirmed", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  const lock = await stage.until(redlock.acquire("a", 3000, { autoExtend: true }));
  await failToExtend(stage, () => lock.extend(60_000));
  expect(lock.ttlMs).toBe(3000);
  await stage.pass(30_000);
  expect(lock.isHeld()).toBe(true);
  await stage.until(lock.extend(60_000));
  expect(lock.ttlMs).toBe(60_000);
});

test("a renewal that failed at once, since its nodes were known to be away, is soon tried again", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  const lock = await stage.until(redlock.acquire("a", 3000, { autoExtend: true }));
  await stage.pass(500);
  const cut = stage.network.partition([0, 1]);
  await expect(stage.until(redlock.acquire("b", 3000, { waitMs: 0 }))).rejects.toBeInstanceOf(QuorumUnavailableError);
  await stage.pass(1200 - stage.scheduler.nowMs);
  cut[Symbol.dispose]();
  // Not only when next to nothing is left of it.
  await stage.pass(600);
  expect(lock.remainingMs()).toBeGreaterThan(2000);
});

test("a lock lives on after a nested acquire by much more that no quorum confirmed", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p", { reentrant: true });
  let outer: Lock | undefined;
  let failing: Promise<unknown> | undefined;
  let end = (): void => {};
  const working = redlock.using("a", 3000, async (_signal, lock) => {
    outer = lock;
    await new Promise<void>((resolve) => stage.scheduler.after(100, resolve));
    failing = failToExtend(stage, () => redlock.acquire("a", 60_000));
    await new Promise<void>((resolve) => (end = resolve));
  });
  await stage.pass(150);
  await failing;
  await stage.pass(30_000);
  expect(outer!.isHeld()).toBe(true);
  end();
  await stage.until(working);
});

test("of two extends the one that was asked for last says how long it lives, also when it is answered first", async () => {
  const votes: (() => void)[] = [];
  const nodes = answering(3, (_operation, index) => granted(index)).map((node): Node => ({
    ...node,
    send(operation, receiver, index) {
      if (operation.kind === "extend") votes.push(() => receiver.receive(index, granted(index)));
      else node.send(operation, receiver, index);
    },
  }));
  await using redlock = forTest(new Redlock(nodes));
  const lock = await redlock.acquire("a", 10_000);
  const extending = [lock.extend(20_000), lock.extend(30_000)];
  for (const vote of votes.toReversed()) vote();
  await Promise.all(extending);
  expect(lock.ttlMs).toBe(30_000);
});

/** Node 2 has granted 5 s, the others a minute; then node 1 loses the key, and answers so to an extend that fails. */
async function shrunk(autoExtend: boolean): Promise<{ stage: Stage; lock: Lock }> {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  const lock = await stage.until(redlock.acquire("a", 5000, { autoExtend }));
  await stage.pass(50);
  const cut = stage.network.blackHole([2]);
  await stage.until(lock.extend(60_000));
  await stage.pass(100);
  cut[Symbol.dispose]();
  stage.node(1).flushAll();
  const cutAgain = stage.network.blackHole([0, 2]);
  await expect(stage.until(lock.extend(60_000))).rejects.toBeInstanceOf(QuorumUnavailableError);
  cutAgain[Symbol.dispose]();
  return { stage, lock };
}

test("a loss is told in time, too, when a node has lost the key and the others granted less", async () => {
  const { stage, lock } = await shrunk(false);
  const { signal } = lock;
  expect(lock.remainingMs()).toBeLessThan(4900);
  await stage.pass(lock.remainingMs() - 200);
  expect(signal.aborted).toBe(true);
});

test("a lock of which less is held than was granted is extended in time", async () => {
  const { stage, lock } = await shrunk(true);
  expect(lock.remainingMs()).toBeLessThan(4900);
  await stage.pass(30_000);
  expect(lock.isHeld()).toBe(true);
});
