/**
 * A node's vote counts by the age of its memory, in every kind of round: what an attack found, each with the guard off as its
 * control.
 */
import { LockLostError, QuorumUnavailableError, type RedlockOptions } from "@quorate/redlock";
import Compat from "@quorate/redlock/compat";
import { createNode } from "@quorate/redlock/node";
import { describe, expect, test } from "vitest";

import { SimConnection } from "../../src/sim/connection.ts";
import { SAFE_CLIENT_SETTINGS } from "../../src/sim/dialer.ts";
import { Link } from "../../src/sim/link.ts";
import { createSimRuntime } from "../../src/sim/runtime.ts";
import type { SimServer } from "../../src/sim/server.ts";
import { Stage } from "../../src/sim/stage.ts";

const guardMs = 20_000;

/** What C's node timeout allows: its acquire reaches these nodes late. */
function holdBack(stage: Stage, peer: string, nodes: readonly number[], delayMs: number): void {
  stage.network.addRule((message) => {
    const isLate = message.peer === peer && nodes.includes(message.node) && message.operation === "acquire";
    return isLate && message.direction === "request" ? { kind: "delay", delayMs } : { kind: "pass" };
  });
}

describe.each([
  ["on", guardMs],
  ["off", 0],
])("with the guard %s", (is, restartGuardMs) => {
  const isBoth = is === "off";

  test("S1: a node that was healed after its restart does, or does not, keep a lock alive beside another", async () => {
    const stage = new Stage({ nodes: 3, latency: { baseMs: 0.5, jitterMs: 0 } });
    const [a, c] = [stage.process("A", { restartGuardMs }), stage.process("C", { restartGuardMs: guardMs })];
    await stage.pass(50);
    stage.network.partition([2], { peers: ["A"] });
    const lock = await stage.until(a.redlock.acquire("a", 250, { autoExtend: true }));
    holdBack(stage, "C", [0, 1], 900);
    const other = c.redlock.tryAcquire("a", 20_000, { nodeTimeoutMs: 1_000 });
    await stage.pass(20);
    stage.node(2).restart("empty");
    stage.network.heal();
    holdBack(stage, "C", [0, 1], 900);
    await stage.pass(500);
    stage.network.partition([0], { peers: ["A"] });
    const won = await stage.until(other);
    expect(won?.isHeld()).toBe(true);
    expect(lock.isHeld()).toBe(isBoth);
  });

  test("S2: a grant of a node that was kept out counts, or not, by an extension", async () => {
    const stage = new Stage({ nodes: 3, latency: { baseMs: 0.5, jitterMs: 0 } });
    // With fencing tokens C, which came first, would be refused as stale.
    const fencing = false;
    const [a, c] = [
      stage.process("A", { restartGuardMs, fencing }),
      stage.process("C", { restartGuardMs: guardMs, fencing }),
    ];
    await stage.until(stage.until(a.redlock.acquire("b", 250)).then((lock) => lock.release()));
    holdBack(stage, "C", [0, 1], 900);
    const other = c.redlock.tryAcquire("a", 20_000, { nodeTimeoutMs: 1_000 });
    await stage.pass(20);
    stage.node(2).restart("empty");
    await stage.pass(50);
    const lock = await stage.until(a.redlock.acquire("a", 250, { autoExtend: true }));
    await stage.pass(300);
    stage.network.partition([0], { peers: ["A"] });
    const won = await stage.until(other);
    expect(won?.isHeld()).toBe(true);
    expect(lock.isHeld()).toBe(isBoth);
  });

  const forgettings: readonly (readonly [string, (node: SimServer) => void])[] = [
    ["is flushed", (node) => node.flushAll()],
    ["leads to a spare server that has been up for long", (node) => node.moveToSpare(false)],
    ["is taken over by a replica, which says so", (node) => node.promoteReplica(true)],
    ["is taken over by a replica, which says so no more", (node) => node.promoteReplica(false)],
    ["restarts from a snapshot", (node) => node.restart("snapshot")],
    [
      "becomes a replica for a moment",
      (node) => {
        node.demote();
        node.promote();
      },
    ],
  ];

  test.each(forgettings)(
    "S3: where a node %s, nobody is let in beside the holder, or somebody is",
    async (_, forget) => {
      const stage = new Stage({ nodes: 3 });
      const [a, b] = [stage.process("A"), stage.process("B", { restartGuardMs })];
      stage.node(2).takeSnapshot();
      stage.node(2).replicate();
      await stage.until(stage.until(b.redlock.acquire("b", 250)).then((lock) => lock.release()));
      stage.network.partition([0], { peers: ["A"] });
      stage.network.partition([1], { peers: ["B"] });
      const lock = await stage.until(a.redlock.acquire("a", 10_000));
      forget(stage.node(2));
      await stage.pass(1_000);
      const second = await stage.until(b.redlock.tryAcquire("a", 10_000).catch(() => null));
      expect(lock.isHeld()).toBe(true);
      expect(second?.isHeld() ?? false).toBe(isBoth);
    },
  );

  test("a node that restarted, data and all, does, or does not, confirm an extension", async () => {
    const stage = new Stage({ nodes: 3 });
    const { redlock } = stage.process("A", { restartGuardMs });
    const lock = await stage.until(redlock.acquire("a", 10_000));
    await stage.pass(100);
    stage.node(2).kill();
    stage.node(1).restart("kept");
    await stage.pass(500);
    const extending = stage.until(lock.extend());
    if (isBoth) await extending;
    else await expect(extending).rejects.toBeInstanceOf(QuorumUnavailableError);
    expect(lock.isHeld()).toBe(true);
  });

  test("the same in compat", async () => {
    const stage = new Stage({ nodes: 3 });
    const redlock = compatOn(stage, { restartGuardMs, retryCount: 0 });
    const lock = await stage.until(redlock.acquire(["a"], 10_000));
    await stage.pass(100);
    stage.node(2).kill();
    stage.node(1).restart("kept");
    await stage.pass(500);
    const extending = stage.until(lock.extend(10_000));
    if (isBoth) await extending;
    else await expect(extending).rejects.toThrow("quorum");
  });
});

function compatOn(stage: Stage, settings: { restartGuardMs: number; retryCount: number }): Compat {
  const { process } = stage.process("compat");
  const runtime = createSimRuntime(process);
  const nodes = stage.servers.map((server) => {
    const link = new Link(
      stage.network,
      "compat",
      server.index,
      { baseMs: 0.5, jitterMs: 0 },
      process.prng.fork(server.name),
    );
    const route = { timeline: stage.scheduler, host: process, link, server, settings: SAFE_CLIENT_SETTINGS };
    return createNode(new SimConnection(route, runtime), runtime);
  });
  return new Compat(nodes as never, settings, undefined, runtime);
}

test("L6: processes that live for a second see the same age: they get in once the nodes were seen for the guard's time", async () => {
  const stage = new Stage({ nodes: 3 });
  for (const node of [0, 1]) {
    stage.node(node).replicate();
    stage.node(node).promoteReplica(true);
  }
  const seen: string[] = [];
  for (let second = 0; second <= 12; second++) {
    const { redlock, process } = stage.process(`p${second}`);
    const asking = async (): Promise<string> => {
      try {
        await (await redlock.tryAcquire("job", 10_000))?.release();
        return "held";
      } catch (error) {
        return (error as Error).message;
      }
    };
    seen.push(await stage.until(asking()));
    process.kill();
    await stage.pass(1_000);
  }
  expect(seen[0]).toMatch(/node 0, node 1: promoted 0 s ago/);
  expect(seen[0]).not.toContain("restarted");
  expect(seen.filter((text) => text !== "held")).toHaveLength(11);
  expect(seen.slice(11)).toEqual(["held", "held"]);
});

test("a fleet that was never locked on waits one guard time at its first lock, and no longer", async () => {
  const stage = new Stage({ nodes: 3 });
  for (const server of stage.servers) server.moveToSpare(false);
  const { redlock } = stage.process("app");
  const warned: string[] = [];
  redlock.on("warning", ({ code, message }) => warned.push(`${code} ${message}`));
  const startedAtMs = stage.scheduler.nowMs;
  await stage.until(stage.until(redlock.acquire("job", 5_000)).then((lock) => lock.release()));
  const waitedMs = stage.scheduler.nowMs - startedAtMs;
  expect(waitedMs).toBeGreaterThan(5_000 * 1.02);
  expect(waitedMs).toBeLessThan(5_500);
  expect(warned).toEqual([expect.stringMatching(/^WAITING_FOR_GUARD No lock can be taken for 5\.\d s yet/)]);
  await stage.until(stage.until(redlock.tryAcquire("job", 5_000)).then((lock) => lock!.release()));
});

test("a node that cannot keep the record does not count, and says why", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("app");
  for (const node of [0, 1]) {
    stage.node(node).flushAll();
    stage.node(node).model.keyspace.set("quorate:life", "someone's", undefined);
  }
  await expect(stage.until(redlock.tryAcquire("job", 5_000))).rejects.toThrow(/how old its memory is: FOREIGN/);
  expect(stage.node(0).model.keyspace.get("quorate:life", 0)?.text).toBe("someone's");
});

describe("S9: a guard below the TTL", () => {
  const open = (options: RedlockOptions): Stage & { readonly app: ReturnType<Stage["process"]>["redlock"] } => {
    const stage = new Stage({ nodes: 3 });
    return Object.assign(stage, { app: stage.process("app", options).redlock });
  };

  test("is refused by an acquire, before anybody is asked", async () => {
    const stage = open({ restartGuardMs: 5_000 });
    const refused = {
      name: "RangeError",
      message: expect.stringMatching(/restartGuardMs .*5000 for a TTL of 5001/) as string,
    };
    await expect(stage.app.acquire("a", 5_001)).rejects.toMatchObject(refused);
    await expect(stage.app.acquire("a", 20_000, { restartGuardMs: 5_000 })).rejects.toThrow(RangeError);
    await stage.until(stage.app.acquire("a", 5_000));
    await stage.until(stage.app.acquire("b", 20_000, { restartGuardMs: 0 }));
  });

  test("is refused by an extension, and the lock lives on; by a nested acquire too", async () => {
    const stage = open({ restartGuardMs: 5_000, reentrant: true });
    await stage.until(
      stage.app.using("a", 5_000, async (_signal, lock) => {
        await expect(lock.extend(60_000)).rejects.toThrow(RangeError);
        await expect(stage.app.acquire("a", 60_000, { restartGuardMs: 60_000 })).rejects.toThrow(RangeError);
        expect(lock.isHeld()).toBe(true);
      }),
    );
  });

  test("by default grows with the TTL, and is warned of once, since that of others does not", async () => {
    const stage = open({});
    const warned: string[] = [];
    stage.app.on("warning", ({ code }) => warned.push(code));
    const lock = await stage.until(stage.app.acquire("a", 5_000));
    await stage.until(lock.extend(8_000));
    await stage.until(lock.extend(9_000));
    expect(warned).toEqual(["RESTART_GUARD_SHORT"]);
  });

  test("does not matter where the nodes are durable", async () => {
    const stage = open({ restartGuardMs: 5_000, durableNodes: true });
    const lock = await stage.until(stage.app.acquire("a", 60_000));
    await stage.until(lock.extend(90_000));
    expect(lock.isHeld()).toBe(true);
    expect(lock).not.toBeInstanceOf(LockLostError);
  });
});
