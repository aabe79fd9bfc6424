/** Whether locks can be taken, as a process says it of itself: ready, health, metrics, and what is told without asking. */
import { Redlock, prometheusText, type WarningEvent } from "@quorate/redlock";
import { memoryNodes } from "@quorate/testing";
import { describe, expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";
import { forTest } from "../support/connect-to.ts";
import { errorOf } from "../support/error-of.ts";
import { until } from "../support/until.ts";

describe("ready", () => {
  test("resolves when a quorum would grant, and leaves nothing behind", async () => {
    const fleet = memoryNodes(3);
    await using redlock = new Redlock(fleet.connect());
    await redlock.ready();
    expect(redlock.health()).toMatchObject({ quorumReachable: true, votingCount: 3 });
    expect(redlock.heldLocks).toEqual([]);
    expect(fleet.nodes.map((node) => node.lockKeys().length)).toEqual([0, 0, 0]);
  });

  test("waits for nodes that come, and for the guard, and says so once", async () => {
    const stage = new Stage({ nodes: 3 });
    const { redlock } = stage.process("p");
    const warnings: WarningEvent[] = [];
    redlock.on("warning", (warning) => warnings.push(warning));
    for (const { index } of stage.servers) stage.node(index).kill();
    const ready = redlock.ready({ ttlMs: 5_000 });
    await stage.pass(2_000);
    for (const { index } of stage.servers) stage.node(index).restart("empty");
    const restartedAtMs = stage.scheduler.nowMs;
    await stage.until(ready);
    expect(stage.scheduler.nowMs - restartedAtMs).toBeGreaterThan(5_000);
    expect(stage.scheduler.nowMs - restartedAtMs).toBeLessThan(9_000);
    expect(warnings.map(({ code }) => code)).toEqual(["WAITING_FOR_GUARD"]);
    expect(warnings[0]!.message).toMatch(/^No lock can be taken for [\d.]+ s yet: 3 of 3 nodes/);
  });

  test("rejects with acquire's own error when its time is over, and with the signal's reason", async () => {
    const fleet = memoryNodes(3);
    for (const node of fleet.nodes) node.kill();
    await using redlock = new Redlock(fleet.connect());
    const error = await errorOf(redlock.ready({ waitMs: 50 }));
    expect(error).toMatchObject({ code: "QUORUM_UNAVAILABLE" });
    const reason = new Error("no more");
    const controller = new AbortController();
    const waiting = errorOf(redlock.ready({ waitMs: Infinity, signal: controller.signal }));
    controller.abort(reason);
    expect(await waiting).toBe(reason);
  });

  test("is over when its Redlock is closed: while it pauses, while it asks, and before it was called", async () => {
    const fleet = memoryNodes(3);
    for (const node of fleet.nodes) node.kill();
    const pausing = new Redlock(fleet.connect());
    const pause = errorOf(pausing.ready());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const asking = new Redlock(fleet.connect());
    const ask = errorOf(asking.ready());
    const closedAtMs = performance.now();
    await Promise.all([pausing.close(), asking.close()]);
    for (const ended of [pause, ask, errorOf(asking.ready())]) expect(await ended).toMatchObject({ code: "CLOSED" });
    expect(performance.now() - closedAtMs).toBeLessThan(1_000);
  });

  test("refuses what it does not know, before any I/O", async () => {
    await using redlock = new Redlock(memoryNodes(1).connect());
    expect((await errorOf(redlock.ready({ waitMs: -1 }))).message).toContain("waitMs");
    expect((await errorOf(redlock.ready({ ttlMs: 1 }))).message).toContain("ttlMs");
    expect((await errorOf(redlock.ready({ wait: 1 } as object))).message).toContain("did you mean waitMs?");
  });
});

describe("a node that refuses its vote", () => {
  test("does not vote until it grants again, also where nobody asks but health itself", async () => {
    const fleet = memoryNodes(3);
    await using redlock = forTest(new Redlock(fleet.connect()));
    await (await redlock.acquire("a", 10_000)).release();
    for (const node of fleet.nodes.slice(0, 2)) node.model.outOfMemory = true;
    expect(await errorOf(redlock.acquire("a", 10_000, { waitMs: 0 }))).toMatchObject({ code: "QUORUM_UNAVAILABLE" });
    const health = redlock.health();
    expect(health).toMatchObject({ quorumReachable: false, votingCount: 1 });
    expect(health.nodes[0]!.why).toMatch(/^memory is used up \(OOM .*\): raise maxmemory/);
    expect(prometheusText(redlock.metrics())).toContain('\nredlock_voting_nodes{redlock="redlock"} 1\n');
    const told = redlock.warnings.filter(({ code }) => code === "NODE_REFUSES");
    for (const node of [0, 1])
      expect(told[node]!.message).toMatch(`memory node ${node} gives no vote: memory is used up`);
    expect(told).toHaveLength(2);
    for (const node of fleet.nodes) node.model.outOfMemory = false;
    await until(() => redlock.health().quorumReachable);
    expect(redlock.health().votingCount).toBe(3);
  });

  test("about the keys that were asked for votes on others", async () => {
    const fleet = memoryNodes(3);
    await using redlock = forTest(new Redlock(fleet.connect()));
    await using held = await redlock.acquire("a", 10_000);
    expect(held.isHeld()).toBe(true);
    expect(await redlock.tryAcquire("a", 10_000)).toBeNull();
    expect(redlock.health().votingCount).toBe(3);
  });
});

test("where one more failure is the last, that is told after a minute, and once", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  const warnings: WarningEvent[] = [];
  redlock.on("warning", (warning) => warnings.push(warning));
  await stage.pass(100);
  stage.node(1).kill();
  await stage.pass(50_000);
  expect(warnings).toEqual([]);
  await stage.pass(200_000);
  expect(warnings.map(({ code }) => code)).toEqual(["NO_SPARE_NODE"]);
  expect(warnings[0]!.message).toContain("only 2 of 3 nodes have voted, and 2 must");
});

test("what is held is told without its token, and `await using` closes", async () => {
  const fleet = memoryNodes(3);
  {
    await using redlock = new Redlock(fleet.connect());
    await redlock.acquire(["a", "b"], 10_000, { label: "me" });
    const { heldLocks } = redlock;
    expect(heldLocks).toMatchObject([{ resources: ["a", "b"], label: "me", autoExtend: false }]);
    expect(heldLocks[0]!.remainingMs).toBeGreaterThan(9_000);
    expect(JSON.stringify(heldLocks)).not.toContain('token":"');
  }
  await using other = new Redlock(fleet.connect());
  await using lock = await other.acquire("a", 10_000, { waitMs: 0 });
  expect(lock.isHeld()).toBe(true);
});
