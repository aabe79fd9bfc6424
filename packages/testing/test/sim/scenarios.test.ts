/** The scenarios of time and chance, each directed at one fact. Numbers as in the list of scenarios. */
import { LockLostError, QuorumUnavailableError, ResourceLockedError } from "@quorate/redlock";
import { expect, test } from "vitest";

import { killedHolder } from "../../src/scenarios/killed-holder.ts";
import { playInSimulator } from "../../src/scenarios/rig/simulated-rig.ts";
import { Stage } from "../../src/sim/stage.ts";

const NO_WAIT = { waitMs: 0 };

test("A1: of any subset of held nodes, an acquire succeeds exactly when a quorum is free", async () => {
  for (const nodes of [1, 2, 3, 4, 5]) {
    for (let heldSet = 0; heldSet < 2 ** nodes; heldSet += 1) {
      const stage = new Stage({ nodes, seed: heldSet });
      const held = stage.servers.filter(({ index }) => (heldSet >> index) & 1);
      for (const { model, clocks } of held) model.keyspace.set("a", "other", clocks.wallMs + 60_000);
      const { redlock } = stage.process("p");
      redlock.on("warning", () => {});
      const acquiring = stage.until(redlock.acquire("a", 10_000, NO_WAIT));
      if (nodes - held.length >= Math.floor(nodes / 2) + 1) await acquiring;
      else await expect(acquiring).rejects.toBeInstanceOf(ResourceLockedError);
      await stage.pass(100);
      const ours = [...stage.keysOf("a").values()].filter((token) => token !== "other");
      expect(ours.length === 0).toBe(nodes - held.length < Math.floor(nodes / 2) + 1);
    }
  }
});

test("A6, A8: with a majority black-holed an acquire fails within its deadline and leaves nothing on the rest", async () => {
  const stage = new Stage();
  const { redlock } = stage.process("p");
  await stage.pass(50);
  stage.network.blackHole([0, 1, 2]);
  const startedAtMs = stage.scheduler.nowMs;
  await expect(stage.until(redlock.acquire("a", 10_000, NO_WAIT))).rejects.toBeInstanceOf(QuorumUnavailableError);
  expect(stage.scheduler.nowMs - startedAtMs).toBeLessThan(2 * 500 + 100);
  expect(stage.keysOf("a").size).toBe(0);
});

test("A9: what a node executes after everybody gave up is undone by the release behind it", async () => {
  const stage = new Stage({ client: { socketTimeoutMs: 60_000 } });
  const { redlock } = stage.process("p");
  await stage.pass(50);
  {
    using cut = stage.network.partition([0, 1, 2]);
    expect(cut).toBeDefined();
    await expect(stage.until(redlock.acquire("a", 60_000, NO_WAIT))).rejects.toBeInstanceOf(QuorumUnavailableError);
  }
  await stage.pass(1000);
  expect(stage.keysOf("a").size).toBe(0);
});

test("B5: of 1 000 releases at random moments of an extend, none leaves anything or tells a loss", async () => {
  const stage = new Stage({ latency: { baseMs: 0.2, jitterMs: 1 } });
  const { redlock } = stage.process("p");
  let lostCount = 0;
  redlock.on("lost", () => {
    lostCount += 1;
  });
  for (let round = 0; round < 1_000; round += 1) {
    const lock = await stage.until(redlock.acquire("a", 10_000));
    const extending = lock.extend(20_000).catch(() => {});
    await stage.pass(stage.prng.between(0, 6));
    await stage.until(lock.release());
    await stage.until(extending);
    await stage.pass(20);
    expect(stage.keysOf("a").size).toBe(0);
  }
  expect(lostCount).toBe(0);
}, 60_000);

test("C3: a node that lost its key is healed by the next extend, which is not won by its vote", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("holder");
  const lock = await stage.until(redlock.acquire("a", 10_000));
  await stage.pass(50);
  stage.node(0).flushAll();
  await stage.until(lock.extend());
  await stage.pass(50);
  expect([...stage.keysOf("a").keys()]).toEqual([0, 1, 2]);
});

test("C3: a heal that is executed again after the release makes no key", async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const stage = new Stage({ nodes: 3, seed, client: { resend: true, socketTimeoutMs: 100 } });
    const { redlock } = stage.process("holder");
    const lock = await stage.until(redlock.acquire("a", 60_000));
    await stage.pass(50);
    stage.node(0).flushAll();
    // The node heals and nobody hears of it; the client breaks the connection and writes the heal again, slowly; breaks
    // that connection too, and is done on the third one while the second heal is still on its way.
    stage.network.lostReply({ nodes: [0], operation: "heal", count: 1 });
    let healCount = 0;
    stage.network.addRule((message) => {
      if (message.operation !== "heal" || message.direction !== "request") return { kind: "pass" };
      healCount += 1;
      return healCount === 2 ? { kind: "delay", delayMs: 2000 } : { kind: "pass" };
    });
    await stage.until(lock.extend());
    await stage.pass(800);
    await stage.until(lock.release().catch(() => {}));
    await stage.pass(5000);
    expect(stage.keysOf("a").size).toBe(0);
  }
});

test("C4, C8: keys that were deleted on a majority are lost at the next extend, and not made again", async () => {
  const stage = new Stage();
  const { redlock } = stage.process("holder");
  const lock = await stage.until(redlock.acquire("a", 10_000));
  await stage.pass(50);
  for (const index of [0, 1, 2]) stage.node(index).flushAll();
  await expect(stage.until(lock.extend())).rejects.toBeInstanceOf(LockLostError);
  expect(lock.isHeld()).toBe(false);
  expect(lock.signal.aborted).toBe(true);
  await stage.pass(1000);
  expect([...stage.keysOf("a").keys()]).toEqual([3, 4]);
});

test("C5: a lock that is kept alive for ten TTLs lets nobody else in", async () => {
  const stage = new Stage();
  const [holder, other] = [stage.process("holder"), stage.process("other")];
  const lock = await stage.until(holder.redlock.acquire("a", 1000, { autoExtend: true }));
  await expect(stage.until(other.redlock.acquire("a", 1000, { waitMs: 10_000 }))).rejects.toBeInstanceOf(
    ResourceLockedError,
  );
  expect(lock.isHeld()).toBe(true);
});

test("C6: whoever asks in the last millisecond of a dead holder's key asks again right after it", async () => {
  for (let seed = 1; seed <= 300; seed += 1) await playInSimulator(killedHolder, seed);
});

test("C7: cut off from a majority, the holder is told before anybody else holds, exactly once", async () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const stage = new Stage({ seed });
    const [holder, other] = [stage.process("holder"), stage.process("other")];
    const lock = await stage.until(holder.redlock.acquire("a", 1000, { autoExtend: true }));
    let toldCount = 0;
    lock.signal.addEventListener("abort", () => {
      toldCount += 1;
    });
    await stage.pass(stage.prng.between(0, 2000));
    stage.network.partition([0, 1, 2], { peers: ["holder"] });
    await stage.until(other.redlock.acquire("a", 1000));
    expect(toldCount).toBe(1);
    expect(lock.signal.reason).toBeInstanceOf(LockLostError);
    expect(lock.isHeld()).toBe(false);
  }
});

test("C9, C10: a process that was stopped past its validity first sees that the lock is lost, and never revives it", async () => {
  const stage = new Stage();
  const [holder, other] = [stage.process("holder"), stage.process("other")];
  const lock = await stage.until(holder.redlock.acquire("a", 1000, { autoExtend: true }));
  holder.process.stopFor(5000);
  const next = await stage.until(other.redlock.acquire("a", 60_000));
  expect(lock.isHeld()).toBe(false);
  expect(next.fencingToken).toBeGreaterThan(lock.fencingToken ?? 0);
  await stage.pass(10_000);
  expect(lock.signal.aborted).toBe(true);
  expect(new Set(stage.keysOf("a").values())).toEqual(new Set([next.token]));
});

test("C12: the holder's wall clock an hour ahead means lost, an hour back changes nothing", async () => {
  for (const [byMs, isHeld] of [
    [3_600_000, false],
    [-3_600_000, true],
  ] as const) {
    const stage = new Stage();
    const { process, redlock } = stage.process("holder");
    const lock = await stage.until(redlock.acquire("a", 10_000));
    await stage.pass(1000);
    process.clocks.stepWall(byMs);
    expect(lock.isHeld()).toBe(isHeld);
    if (isHeld) expect(lock.remainingMs()).toBeLessThan(9000);
  }
});

test("C11: a lock extended by less than the margin of its loss is kept alive at a third of what it was extended by", async () => {
  const stage = new Stage();
  const { redlock } = stage.process("holder");
  const lock = await stage.until(redlock.acquire("a", 10_000, { autoExtend: true, safetyMarginMs: 4000 }));
  let extendedCount = 0;
  redlock.on("extended", () => {
    extendedCount += 1;
  });
  await stage.until(lock.extend(1000));
  await stage.pass(20_000);
  expect(lock.isHeld()).toBe(true);
  expect(extendedCount).toBeGreaterThan(20_000 / 500);
  expect(extendedCount).toBeLessThan(20_000 / 100);
});

test("F1: fencing tokens of holders whose clocks are seconds apart are distinct and rise", async () => {
  const stage = new Stage({ nodes: 3, latency: { baseMs: 0.1, jitterMs: 0 } });
  const actors = [-3000, 0, 2500, 7000].map((offsetMs, index) => stage.process(`p${index}`, {}, offsetMs));
  let last = 0;
  for (let count = 0; count < Number(process.env["QUORATE_FENCES"] ?? 1_000); count += 1) {
    const { redlock } = stage.prng.pick(actors);
    const lock = await stage.until(redlock.acquire("a", 1000));
    expect(lock.fencingToken).toBeGreaterThan(last);
    last = lock.fencingToken ?? 0;
    await stage.until(lock.release());
  }
}, 120_000);

test("F2: a node that comes back empty does not help a second holder, unless the guard is off", async () => {
  for (const [restartGuardMs, isLetIn] of [
    [10_000, false],
    [0, true],
  ] as const) {
    const stage = new Stage({ nodes: 3 });
    const [holder, other] = [stage.process("holder"), stage.process("other", { restartGuardMs })];
    await stage.pass(50);
    stage.network.partition([0], { peers: ["holder"] });
    stage.network.partition([2], { peers: ["other"] });
    const lock = await stage.until(holder.redlock.acquire("a", 10_000));
    stage.node(1).restart("empty");
    await stage.pass(500);
    const trying = stage.until(other.redlock.tryAcquire("a", 10_000));
    if (isLetIn) expect(await trying).not.toBeNull();
    else await expect(trying).rejects.toBeInstanceOf(QuorumUnavailableError);
    expect(lock.isHeld()).toBe(true);
  }
});

test("a release that is delivered late puts no waiter back in line who has left it", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const stage = new Stage({ nodes: 3, seed, client: { socketTimeoutMs: 300 } });
    const { redlock } = stage.process("waiter", { nodeTimeoutMs: 100, retryDelayMs: 100, retryMaxDelayMs: 60_000 });
    await stage.pass(50);
    // Only node 0 is free: every try is granted there, and rolled back.
    for (const { model, clocks } of stage.servers.slice(1)) model.keyspace.set("a", "other", clocks.wallMs + 60_000);
    const waiting = redlock.acquire("a", 10_000, { waitMs: 3000, retryMaxDelayMs: 200 });
    stage.scheduler.after(stage.prng.between(500, 2500), () => {
      stage.network.lostReply({ nodes: [0] });
    });
    await expect(stage.until(waiting)).rejects.toBeInstanceOf(ResourceLockedError);
    stage.network.heal();
    await stage.pass(400);
    const { model, clocks } = stage.node(0);
    expect(model.keyspace.names(Math.floor(clocks.wallMs))).not.toContain("{a}:line");
  }
});

test("B7: a heal of the handle that was handed over, executed after the other one's release, makes no key", async () => {
  const stage = new Stage({ nodes: 3, latency: { baseMs: 1, jitterMs: 0 }, client: { socketTimeoutMs: 60_000 } });
  const [giver, taker] = [stage.process("giver"), stage.process("taker")];
  const lock = await stage.until(giver.redlock.acquire("a", 60_000));
  await stage.pass(50);
  stage.node(0).flushAll();
  // Two extensions find the key gone; the network keeps back the second one's heal for two seconds.
  let healCount = 0;
  stage.network.addRule(({ operation, direction }) => {
    if (operation !== "heal" || direction !== "request") return { kind: "pass" };
    healCount += 1;
    return healCount === 2 ? { kind: "delay", delayMs: 2000 } : { kind: "pass" };
  });
  const first = lock.extend();
  await stage.pass(0.5);
  await stage.until(Promise.all([first, lock.extend()]));
  await stage.pass(20);
  expect(healCount).toBe(2);
  expect([...stage.keysOf("a").keys()]).toContain(0);
  const adopted = await stage.until(taker.redlock.adopt(lock.handOver()));
  await stage.until(adopted.release());
  await stage.pass(5000);
  expect(stage.keysOf("a").size).toBe(0);
});

test("while a quorum needs nodes that are kept out, a waiter asks now and then, not as fast as the network", async () => {
  const stage = new Stage({ nodes: 5, latency: { baseMs: 0.05, jitterMs: 0.02 } });
  const { redlock } = stage.process("waiter", { restartGuardMs: 20_000 });
  redlock.on("warning", () => {});
  await stage.pass(50);
  for (const index of [3, 4]) stage.node(index).restart("empty");
  const { model, clocks } = stage.node(0);
  model.keyspace.set("a", "other", clocks.wallMs + 60_000);
  let askedCount = 0;
  for (const server of stage.servers) {
    server.onExecuted = (_by, operations) => {
      askedCount += operations.filter(({ kind }) => kind === "acquire").length;
    };
  }
  await expect(stage.until(redlock.acquire("a", 1000, { waitMs: 10_000 }))).rejects.toBeInstanceOf(ResourceLockedError);
  expect(askedCount).toBeGreaterThan(5);
  expect(askedCount).toBeLessThan(5 * 200);
});
