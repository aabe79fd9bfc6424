import { QuorumUnavailableError } from "@quorate/redlock";
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";

/** Nodes that have just been started, and how many rounds were refused. */
async function freshFleet(): Promise<{
  stage: Stage;
  acquire: ReturnType<Stage["process"]>["redlock"];
  refusals: unknown[];
}> {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  const refusals: unknown[] = [];
  redlock.on("roundFailed", (event) => refusals.push(event));
  await stage.pass(50);
  for (const { index } of stage.servers) {
    stage.node(index).kill();
    stage.node(index).restart("empty");
  }
  await stage.pass(500);
  return { stage, acquire: redlock, refusals };
}

test("a waiter on a fleet that has just started sleeps until a quorum counts, and then has the lock", async () => {
  const { stage, acquire: redlock, refusals } = await freshFleet();
  const startedAtMs = stage.scheduler.nowMs;
  const lock = await stage.until(redlock.acquire("a", 5000, { waitMs: 10_000 }));
  expect(lock.isHeld()).toBe(true);
  // A server tells its age in whole seconds, so up to two more than the guard.
  expect(stage.scheduler.nowMs - startedAtMs).toBeLessThan(7200);
  expect(refusals.length).toBeLessThanOrEqual(6);
});

test.each([5_000, 10_000, 60_000])(
  "the first lock of %s ms on nodes that were just started is had without a waitMs",
  async (ttlMs) => {
    const { stage, acquire: redlock } = await freshFleet();
    const lock = await stage.until(redlock.acquire("a", ttlMs));
    expect(lock.isHeld()).toBe(true);
  },
);

test("where no quorum can count within waitMs, the error comes at once, and says when to try again", async () => {
  const { stage, acquire: redlock } = await freshFleet();
  const startedAtMs = stage.scheduler.nowMs;
  const error = await stage.until(redlock.acquire("a", 5000, { waitMs: 1000 }).catch((each: unknown) => each));
  expect(stage.scheduler.nowMs - startedAtMs).toBeLessThan(100);
  expect(error).toBeInstanceOf(QuorumUnavailableError);
  expect((error as Error).message).toMatch(
    /The restart guard lets a quorum count in \d\.?\d? s: wait longer than waitMs \(1000\), or try again then\. .*durableNodes/,
  );
});

test("one try is told when to try again, and nothing of waitMs", async () => {
  const { stage, acquire: redlock } = await freshFleet();
  const error = await stage.until(redlock.tryAcquire("a", 5000).catch((each: unknown) => each));
  expect((error as Error).message).toMatch(/lets a quorum count in \d\.?\d? s: try again then\./);
  expect((error as Error).message).not.toContain("waitMs");
});

test("a node that is away may come back with a vote that counts: then the wait goes on", async () => {
  const { stage, acquire: redlock } = await freshFleet();
  const cut = stage.network.partition([1, 2]);
  await stage.pass(1000);
  const startedAtMs = stage.scheduler.nowMs;
  await stage.until(redlock.acquire("a", 5000, { waitMs: 1000 }).catch((each: unknown) => each));
  expect(stage.scheduler.nowMs - startedAtMs).toBeGreaterThanOrEqual(900);
  cut[Symbol.dispose]();
});

test("a node that is away and comes back is not slept over", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  await stage.pass(50);
  stage.node(0).kill();
  stage.node(0).restart("empty");
  const cut = stage.network.partition([1]);
  await stage.pass(2000);
  const startedAtMs = stage.scheduler.nowMs;
  const acquiring = redlock.acquire("a", 20_000, { waitMs: 60_000 });
  await stage.pass(500);
  cut[Symbol.dispose]();
  const lock = await stage.until(acquiring);
  expect(lock.isHeld()).toBe(true);
  expect(stage.scheduler.nowMs - startedAtMs).toBeLessThan(5000);
});
