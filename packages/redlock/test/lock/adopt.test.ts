import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";

/** How long the resource's key still lives on each node, in milliseconds. */
function livesOf(stage: Stage, resource: string): number[] {
  return stage.servers.map(({ model, clocks }) => {
    const wallMs = Math.floor(clocks.wallMs);
    return (model.keyspace.get(resource, wallMs)?.endsAtMs ?? wallMs) - wallMs;
  });
}

test("a lock that is adopted keeps its keys as long as the first handle relies on them", async () => {
  const stage = new Stage({ nodes: 3 });
  const [giver, taker] = [stage.process("giver"), stage.process("taker")];
  const lock = await stage.until(giver.redlock.acquire("a", 1000));
  await stage.until(lock.extend(30_000));
  await stage.until(lock.extend(1000));
  expect(lock.ttlMs).toBe(1000);
  await stage.until(taker.redlock.adopt(lock.toJSON(), { autoExtend: false }));
  await stage.pass(50);
  expect(Math.min(...livesOf(stage, "a"))).toBeGreaterThan(lock.remainingMs());
  await stage.pass(20_000);
  expect(lock.isHeld()).toBe(true);
  expect(await stage.until(stage.process("other").redlock.tryAcquire("a", 1000))).toBeNull();
});

test("whoever of two handles extends for longer is not cut by the other", async () => {
  const stage = new Stage({ nodes: 3 });
  const [giver, taker] = [stage.process("giver"), stage.process("taker")];
  const lock = await stage.until(giver.redlock.acquire("a", 1000));
  const adopted = await stage.until(taker.redlock.adopt(lock.toJSON(), { autoExtend: false }));
  await stage.until(adopted.extend(30_000));
  await stage.until(lock.extend(1000));
  await stage.pass(50);
  expect(Math.min(...livesOf(stage, "a"))).toBeGreaterThan(adopted.remainingMs());
  await stage.until(lock.extend(60_000));
  await stage.until(adopted.extend(1000));
  await stage.pass(50);
  expect(Math.min(...livesOf(stage, "a"))).toBeGreaterThan(lock.remainingMs());
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
  const adopted = await stage.until(taker.redlock.adopt(lock.toJSON(), { autoExtend: false }));
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
