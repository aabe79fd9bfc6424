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

test("where waitMs is shorter than the guard, the error says by how long to wait, and what to set", async () => {
  const { stage, acquire: redlock } = await freshFleet();
  const error = await stage.until(redlock.acquire("a", 5000, { waitMs: 1000 }).catch((each: unknown) => each));
  expect(error).toBeInstanceOf(QuorumUnavailableError);
  expect((error as Error).message).toMatch(
    /A quorum counts again in \d\.?\d? s, for which waitMs \(1000\) was too short: wait longer, or set restartGuardMs .* durableNodes/,
  );
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
