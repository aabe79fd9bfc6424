/** What a release keeps, and who is wanted: H1 to H4 and W1 of the scenarios, in simulated time. */
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";

const PERIOD_MS = 30_000;

test.each([
  [PERIOD_MS, 1],
  // The control: without it both run.
  [0, 2],
])("H1 a job of 5 ms on two machines, 800 ms apart, with minHoldMs %i runs %i times", async (minHoldMs, count) => {
  const stage = new Stage({ nodes: 3 });
  let runCount = 0;
  const fire = (name: string, offsetMs: number) =>
    stage.process(name, {}, offsetMs).redlock.tryUsing("nightly", 10_000, { minHoldMs }, async () => {
      runCount++;
      await new Promise<void>((resolve) => stage.scheduler.after(5, resolve));
      return "ran";
    });
  expect(await stage.until(fire("a", 0))).toBe("ran");
  await stage.pass(800);
  expect(await stage.until(fire("b", 800))).toBe(count === 1 ? null : "ran");
  expect(runCount).toBe(count);
  await stage.pass(PERIOD_MS);
  expect(await stage.until(fire("c", 0))).toBe("ran");
});

test("a waiter behind what is kept gets in when it ends, under a higher token", async () => {
  const stage = new Stage({ nodes: 3 });
  const [a, b] = [stage.process("a").redlock, stage.process("b").redlock];
  const lock = await stage.until(a.acquire("job", 1_000, { minHoldMs: 5_000 }));
  const fromMs = stage.scheduler.nowMs;
  const waiting = b.acquire("job", 1_000, { waitMs: 60_000 });
  await stage.pass(100);
  expect(await stage.until(lock.release())).toBe("released");
  const next = await stage.until(waiting);
  expect(stage.scheduler.nowMs - fromMs).toBeGreaterThan(4_990);
  expect(stage.scheduler.nowMs - fromMs).toBeLessThan(5_050);
  expect(next.fencingToken).toBeGreaterThan(lock.fencingToken!);
});

test("H2 a release that a minority misses keeps it; one that only a minority hears rejects", async () => {
  for (const cut of [[0], [0, 1]]) {
    const stage = new Stage({ nodes: 3 });
    const lock = await stage.until(stage.process("a").redlock.acquire("job", 1_000, { minHoldMs: 5_000 }));
    await stage.pass(10);
    stage.network.partition(cut, { peers: ["a"] });
    const released = stage.until(lock.release());
    if (cut.length === 1) expect(await released).toBe("released");
    else await expect(released).rejects.toMatchObject({ code: "QUORUM_UNAVAILABLE" });
    await stage.pass(1_500);
    const next = await stage.until(stage.process("b").redlock.tryAcquire("job", 1_000));
    expect(next === null).toBe(cut.length === 1);
  }
});

test("a node that answers, but had no key to keep, does not count as one that kept it", async () => {
  const stage = new Stage({ nodes: 5 });
  stage.network.partition([3, 4], { peers: ["a"] });
  const lock = await stage.until(stage.process("a").redlock.acquire("job", 1_000, { minHoldMs: 5_000 }));
  stage.network.heal();
  stage.network.partition([0], { peers: ["a"] });
  await stage.pass(500);
  await expect(stage.until(lock.release())).rejects.toMatchObject({ code: "QUORUM_UNAVAILABLE" });
});

test("H3 a holder that dies frees it by the TTL; a lock that was lost keeps nothing", async () => {
  const stage = new Stage({ nodes: 3 });
  const [dead, late] = [stage.process("a"), stage.process("c").redlock];
  await stage.until(dead.redlock.acquire("job", 1_000, { minHoldMs: 60_000 }));
  dead.process.kill();
  await stage.pass(1_010);
  const lock = await stage.until(late.acquire("job", 1_000, { waitMs: 0, minHoldMs: 60_000 }));
  await stage.pass(1_100);
  expect(await stage.until(lock.release())).toBe("lost");
  expect(await stage.until(stage.process("b").redlock.tryAcquire("job", 1_000))).not.toBeNull();
});

test("H4 a late extend, heal, acquire or release of the old token changes nothing of what is kept", async () => {
  const stage = new Stage({ nodes: 3 });
  const lock = await stage.until(stage.process("a").redlock.acquire("job", 10_000, { minHoldMs: 20_000 }));
  await stage.until(lock.release());
  const { model } = stage.node(0);
  const common = { keys: ["job"], token: lock.token, fence: lock.fencingToken!, fenceRetentionMs: 300_000 };
  const kept = `kept ${common.fence}`;
  const seen = () => model.execute([{ kind: "inspect", keys: ["job"] }]).reply[3] as readonly unknown[];
  for (const kind of ["extend", "heal", "acquire"] as const) {
    const [, , , answer] = model.execute([{ kind, ...common, ttlMs: 60_000 }]).reply;
    expect([kind, (answer as unknown[])[0]]).toEqual([kind, kind === "extend" ? "lost" : "stale"]);
    expect(seen()[1]).toBe(kept);
  }
  const { reply } = model.execute([{ kind: "release", ...common, bury: true, announce: true, buryMs: 1_000 }]);
  expect(reply[3]).toBe(0);
  expect([seen()[1], Number(seen()[2]) > 19_900 && Number(seen()[2]) <= 20_000]).toEqual([kept, true]);
  // Nor once it has ended.
  await stage.pass(20_100);
  for (const kind of ["heal", "acquire"] as const) {
    const [, , , answer] = model.execute([{ kind, ...common, ttlMs: 60_000 }]).reply;
    expect((answer as unknown[])[0]).toBe("stale");
  }
});

test("the restart guard is as long as what is kept", async () => {
  const stage = new Stage({ nodes: 3 });
  const lock = await stage.until(stage.process("a").redlock.acquire("job", 1_000, { minHoldMs: 20_000 }));
  await stage.until(lock.release());
  for (const server of stage.servers) server.restart("empty");
  await stage.pass(5_000);
  const late = stage.process("b").redlock;
  // A node's memory is known from the first question on.
  await stage.until(late.tryAcquire("other", 1_000).catch(() => null));
  await stage.pass(3_000);
  await expect(stage.until(late.tryAcquire("job", 1_000, { minHoldMs: 20_000 }))).rejects.toMatchObject({
    code: "QUORUM_UNAVAILABLE",
  });
});

test("W1 a holder hears with its extension that somebody of another process waits, and that it left", async () => {
  const stage = new Stage({ nodes: 3 });
  const [a, b] = [stage.process("a").redlock, stage.process("b").redlock];
  const told: unknown[] = [];
  a.on("wanted", (event) => told.push(event));
  const lock = await stage.until(a.acquire("job", 3_000, { autoExtend: true }));
  await stage.pass(1_500);
  expect([lock.isWanted, told]).toEqual([false, []]);
  const gaveUp = new AbortController();
  const waiting = b.acquire("job", 3_000, { waitMs: 60_000, signal: gaveUp.signal });
  waiting.catch(() => {});
  await stage.pass(1_050);
  expect([lock.isWanted, told]).toEqual([true, [{ resources: ["job"], fencingToken: lock.fencingToken }]]);
  await stage.pass(3_000);
  expect(told).toHaveLength(1);
  gaveUp.abort();
  await stage.pass(1_050);
  expect(lock.isWanted).toBe(false);
});
