/** A node that answers later than a round waits gives no vote, however well its connection stands. */
import { describe, expect, test } from "vitest";
import { Stage, type Actor } from "../../../testing/src/sim/stage.ts";
import { errorOf } from "../support/error-of.ts";

const nodeTimeoutMs = 100;
/** Longer than a late answer takes, there and back. */
const LATE_MS = 1_000;

interface Slow extends Actor {
  readonly stage: Stage;
  readonly heal: () => void;
}

/** Two nodes of three answer after twice `delayMs`, from before or after they are connected. */
async function withTwoSlow(delayMs: number, since: "connected" | "before"): Promise<Slow> {
  const stage = new Stage({ nodes: 3, client: { connectTimeoutMs: 10_000 } });
  const slowDown = (): Disposable => stage.network.latency({ nodes: [0, 1], delayMs });
  const early = since === "before" ? slowDown() : undefined;
  const actor = stage.process("p", { nodeTimeoutMs, restartGuardMs: 0 });
  if (early === undefined) await stage.until(actor.redlock.ready());
  const slow = early ?? slowDown();
  return { ...actor, stage, heal: () => slow[Symbol.dispose]() };
}

const onlyAsked = ({ redlock, stage }: Slow) => errorOf(stage.until(redlock.tryAcquire("a", 10_000)));

describe.each(["connected", "before"] as const)("two that are slow, %s", (since) => {
  test("do not vote when their late answers have come", async () => {
    // The first connection of a slow node takes longer than a round waits, and more than the second that is given for it.
    const slow = await withTwoSlow(since === "before" ? 600 : 150, since);
    expect(await onlyAsked(slow)).toMatchObject({ code: "QUORUM_UNAVAILABLE" });
    await slow.stage.pass(LATE_MS);
    const { quorumReachable, nodes, votingCount } = slow.redlock.health();
    expect(nodes.map(({ status }) => status)).toEqual(["up", "up", "up"]);
    expect({ quorumReachable, votingCount }).toEqual({ quorumReachable: false, votingCount: 1 });
    expect(nodes[0]!.why).toMatch(/no answer|takes longer than a round waits/);
  });

  test("vote again by themselves when they are no longer slow", async () => {
    const slow = await withTwoSlow(since === "before" ? 600 : 150, since);
    await onlyAsked(slow);
    await slow.stage.pass(LATE_MS);
    slow.heal();
    await slow.stage.pass(LATE_MS);
    slow.redlock.health();
    await slow.stage.pass(nodeTimeoutMs);
    expect(slow.redlock.health()).toMatchObject({ quorumReachable: true, votingCount: 3 });
  });
});

test("slow and in time is a vote", async () => {
  const slow = await withTwoSlow(nodeTimeoutMs / 4, "connected");
  await using lock = await slow.stage.until(slow.redlock.acquire("a", 10_000));
  expect(lock.isHeld()).toBe(true);
  await slow.stage.pass(LATE_MS);
  expect(slow.redlock.health().votingCount).toBe(3);
  slow.heal();
  await slow.stage.until(lock.release());
});

test("an extension that is answered in time tells it too, without anybody asking health", async () => {
  const slow = await withTwoSlow(1, "connected");
  const lock = await slow.stage.until(slow.redlock.acquire("a", 10_000, { autoExtend: false }));
  {
    using late = slow.stage.network.latency({ nodes: [0], delayMs: 150 });
    await slow.stage.until(lock.extend(10_000));
    await slow.stage.pass(LATE_MS);
    expect(slow.redlock.health().votingCount).toBe(2);
    void late;
  }
  await slow.stage.pass(2 * LATE_MS);
  await slow.stage.until(lock.extend(10_000));
  await slow.stage.pass(nodeTimeoutMs);
  expect(slow.redlock.health().votingCount).toBe(3);
  await slow.stage.until(lock.release());
});

test("a node without memory that is late as well needs more than an answer in time", async () => {
  const slow = await withTwoSlow(1, "connected");
  const lock = await slow.stage.until(slow.redlock.acquire("a", 10_000, { autoExtend: false }));
  for (const index of [0, 1]) slow.stage.node(index).model.outOfMemory = true;
  await errorOf(slow.stage.until(slow.redlock.tryAcquire("b", 10_000)));
  {
    using late = slow.stage.network.latency({ nodes: [0, 1], delayMs: 150 });
    await errorOf(slow.stage.until(lock.extend(10_000)));
    await slow.stage.pass(LATE_MS);
    void late;
  }
  await slow.stage.until(slow.redlock.inspect("a"));
  expect(slow.redlock.health()).toMatchObject({ quorumReachable: false });
  expect(slow.redlock.health().nodes[0]!.why).toContain("memory is used up");
  await slow.stage.until(lock.release());
});
