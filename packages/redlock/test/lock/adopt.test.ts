import { LockLostError, NotIndependentError, QuorumUnavailableError, Redlock } from "@quorate/redlock";
import type { Operation } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";
import { answering, granted } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";

/** How long the resource's key still lives on each node, in milliseconds. */
function livesOf(stage: Stage, resource: string): number[] {
  return stage.servers.map(({ model, clocks }) => {
    const wallMs = Math.floor(clocks.wallMs);
    return (model.keyspace.get(resource, wallMs)?.endsAtMs ?? wallMs) - wallMs;
  });
}

test("whoever of two receivers extends for longer is not cut by the other", async () => {
  const stage = new Stage({ nodes: 3 });
  const [giver, first, second] = ["giver", "first", "second"].map((name) => stage.process(name).redlock);
  const handed = (await stage.until(giver!.acquire("a", 1000))).handOver();
  const one = await stage.until(first!.adopt(handed, { autoExtend: false }));
  await stage.until(one.extend(30_000));
  const other = await stage.until(second!.adopt(handed, { autoExtend: false }));
  await stage.pass(50);
  expect(Math.min(...livesOf(stage, "a"))).toBeGreaterThan(one.remainingMs());
  await stage.until(other.extend(60_000));
  await stage.until(one.extend(1000));
  await stage.pass(50);
  expect(Math.min(...livesOf(stage, "a"))).toBeGreaterThan(other.remainingMs());
});

test("of two receivers the second learns by its next extension that the first has released", async () => {
  const stage = new Stage({ nodes: 3 });
  const [giver, first, second] = ["giver", "first", "second"].map((name) => stage.process(name).redlock);
  const handed = (await stage.until(giver!.acquire("a", 3000))).handOver();
  const one = await stage.until(first!.adopt(handed));
  const other = await stage.until(second!.adopt(handed));
  await stage.until(one.release());
  await stage.pass(1000);
  expect(other.isHeld()).toBe(false);
  expect(other.signal.reason).toBeInstanceOf(LockLostError);
});

test("an extend of the first handle that arrives late cuts nothing of what the second relies on", async () => {
  const stage = new Stage({ nodes: 3 });
  const [giver, taker] = [stage.process("giver"), stage.process("taker")];
  const lock = await stage.until(giver.redlock.acquire("a", 1000));
  stage.network.addRule(({ operation, direction, peer }) =>
    operation === "extend" && direction === "request" && peer === "giver"
      ? { kind: "delay", delayMs: 400 }
      : { kind: "pass" },
  );
  const late = lock.extend().catch(() => {});
  await stage.pass(1);
  const adopted = await stage.until(taker.redlock.adopt(lock.handOver(), { autoExtend: false }));
  await stage.until(adopted.extend(20_000));
  await stage.until(late);
  await stage.pass(1000);
  expect(Math.min(...livesOf(stage, "a"))).toBeGreaterThan(adopted.remainingMs());
});

test("an extend that an old connection delivers late cuts nothing of what a later, longer one gave", async () => {
  const stage = new Stage({ nodes: 1, client: { socketTimeoutMs: 100 } });
  const { redlock } = stage.process("p");
  const lock = await stage.until(redlock.acquire("a", 5000));
  let extendCount = 0;
  stage.network.addRule(({ operation, direction }) => {
    if (operation !== "extend" || direction !== "request") return { kind: "pass" };
    extendCount += 1;
    return extendCount === 1 ? { kind: "delay", delayMs: 2000 } : { kind: "pass" };
  });
  await stage.until(lock.extend().catch(() => {}));
  await stage.pass(500);
  await stage.until(lock.extend(60_000));
  await stage.pass(3000);
  expect(extendCount).toBe(2);
  expect(livesOf(stage, "a")[0]).toBeGreaterThan(lock.remainingMs());
});

test("a key that is made again after the adopting round found it gone does not count at once", async () => {
  const stage = new Stage({ nodes: 3, latency: { baseMs: 1, jitterMs: 0 } });
  const [giver, taker] = [stage.process("giver"), stage.process("taker")];
  const lock = await stage.until(giver.redlock.acquire("a", 10_000));
  await stage.pass(50);
  stage.node(0).flushAll();
  stage.network.addRule(({ operation }) => (operation === "heal" ? { kind: "delay", delayMs: 100 } : { kind: "pass" }));
  await stage.until(lock.extend());
  // The heal is on its way, and no hand-over calls it back.
  await stage.pass(1);
  const adopted = await stage.until(taker.redlock.adopt(lock.handOver(), { autoExtend: false }));
  await stage.pass(500);
  expect([...stage.keysOf("a").keys()]).toEqual([0, 1, 2]);
  stage.network.blackHole([2], { peers: ["taker"] });
  await expect(stage.until(adopted.extend())).rejects.toBeInstanceOf(QuorumUnavailableError);
});

test("a lock that was released, and that nodes bring back from a snapshot, is not adopted", async () => {
  const stage = new Stage({ nodes: 3 });
  const [giver, taker, other] = [stage.process("giver"), stage.process("taker"), stage.process("other")];
  const lock = await stage.until(giver.redlock.acquire("a", 60_000));
  await stage.pass(50);
  for (const index of [0, 1]) stage.node(index).takeSnapshot();
  const handed = lock.handOver();
  const adopted = await stage.until(stage.process("first").redlock.adopt(handed));
  await stage.until(adopted.release());
  const next = await stage.until(other.redlock.acquire("a", 60_000));
  for (const index of [0, 1]) stage.node(index).restart("snapshot");
  await stage.pass(3000);
  expect(stage.keysOf("a").get(0)).toBe(handed.token);
  await expect(stage.until(taker.redlock.adopt(handed))).rejects.toBeInstanceOf(QuorumUnavailableError);
  expect(next.isHeld()).toBe(true);
});

test("a lock is not adopted over two entries of one server", async () => {
  const votes = (_operation: Operation, index: number) => granted(Math.min(index, 1));
  await using redlock = forTest(new Redlock(answering(3, votes)));
  const json = { version: 1, resources: ["a"], token: "one", fencingToken: 5, ttlMs: 1000 } as const;
  await expect(redlock.adopt(json)).rejects.toBeInstanceOf(NotIndependentError);
});

test("who adopts is told that its Redlock was closed meanwhile, be it before or after the nodes were asked", async () => {
  const stage = new Stage({ nodes: 3 });
  const giver = stage.process("giver").redlock;
  const handed = (await stage.until(giver.acquire("a", 5_000))).handOver();
  for (const [index, waitedMs] of [0, 0.5].entries()) {
    const { redlock } = stage.process(`receiver ${index}`);
    const adopting = redlock.adopt(handed).catch((error: unknown) => error);
    await stage.pass(waitedMs);
    await stage.until(redlock.close());
    expect(await stage.until(adopting)).toMatchObject({ code: "CLOSED" });
  }
});
