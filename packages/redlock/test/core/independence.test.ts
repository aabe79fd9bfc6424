import { NotIndependentError, QuorumUnavailableError, Redlock } from "@quorate/redlock";
import { createNode, type Node } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { SimConnection } from "../../../testing/src/sim/connection.ts";
import { SAFE_CLIENT_SETTINGS } from "../../../testing/src/sim/dialer.ts";
import { Link } from "../../../testing/src/sim/link.ts";
import { createSimRuntime } from "../../../testing/src/sim/runtime.ts";
import { Stage } from "../../../testing/src/sim/stage.ts";

/** A `Redlock` of which each entry leads to the node of that index; and what it warned of. */
function redlockOf(stage: Stage, entries: readonly number[]): { redlock: Redlock; warned: string[] } {
  const { process } = stage.process("p");
  const runtime = createSimRuntime(process);
  const nodes = entries.map((index, entry): Node => {
    const link = new Link(
      stage.network,
      `p${entry}`,
      index,
      { baseMs: 0.5, jitterMs: 0.4 },
      process.prng.fork(`${entry}`),
    );
    const route = {
      timeline: stage.scheduler,
      host: process,
      link,
      server: stage.node(index),
      settings: SAFE_CLIENT_SETTINGS,
    };
    return createNode(new SimConnection(route, runtime), runtime);
  });
  const redlock = new Redlock(nodes, {}, runtime);
  const warned: string[] = [];
  redlock.on("warning", ({ code }) => warned.push(code));
  return { redlock, warned };
}

test("a server that is named twice is refused at first use, whichever entry votes last", async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const stage = new Stage({ nodes: 3, seed });
    const { redlock } = redlockOf(stage, [0, 1, 2, 0, 1]);
    await expect(stage.until(redlock.acquire("a", 10_000))).rejects.toBeInstanceOf(NotIndependentError);
    await stage.pass(100);
    expect(stage.keysOf("a").size).toBe(0);
  }
});

test("a twin that was away at first use is warned of once it is back, and does not vote: the other three do", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock, warned } = redlockOf(stage, [0, 1, 2, 0]);
  stage.network.partition([0], { peers: ["p3"] });
  await stage.pass(50);
  const first = await stage.until(redlock.acquire("a", 10_000));
  expect(warned).toEqual(["EVEN_NODE_COUNT"]);
  stage.network.heal();
  await stage.until(first.release());
  await stage.pass(5000);
  await stage.until(redlock.acquire("b", 10_000).catch(() => {}));
  await stage.pass(1000);
  expect(warned).toEqual(["EVEN_NODE_COUNT", "NOT_INDEPENDENT"]);
  await stage.until(stage.until(redlock.acquire("c", 10_000)).then((lock) => lock.release()));
  stage.network.partition([1], { peers: ["p1"] });
  await stage.pass(2000);
  await expect(stage.until(redlock.tryAcquire("d", 10_000))).rejects.toBeInstanceOf(QuorumUnavailableError);
});

test("the first lock waits for a node that hangs, the next one does not", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = redlockOf(stage, [0, 1, 2]);
  await stage.pass(50);
  stage.network.slow({ nodes: [2], delayMs: 100 });
  const tookMs: number[] = [];
  for (const resource of ["a", "b"]) {
    const startedAtMs = stage.scheduler.nowMs;
    await stage.until(redlock.acquire(resource, 10_000));
    tookMs.push(stage.scheduler.nowMs - startedAtMs);
  }
  expect(tookMs[0]).toBeGreaterThan(90);
  expect(tookMs[1]).toBeLessThan(10);
});

test("a node that becomes a replica while locks are taken does not vote, and the two masters go on", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock, warned } = redlockOf(stage, [0, 1, 2]);
  const cycle = async (resource: string): Promise<void> => {
    const lock = await stage.until(redlock.acquire(resource, 10_000));
    await stage.until(lock.release());
  };
  await cycle("a");
  stage.node(0).model.role = 1;
  await cycle("b");
  expect(warned).toEqual(["NOT_INDEPENDENT"]);
  stage.node(0).kill();
  await cycle("c");
  expect(warned).toEqual(["NOT_INDEPENDENT"]);
});

test("no lock is handed out where no quorum of masters is left, until one is promoted again", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = redlockOf(stage, [0, 1, 2]);
  await stage.until(stage.until(redlock.acquire("a", 10_000)).then((lock) => lock.release()));
  for (const node of [0, 1]) stage.node(node).model.role = 1;
  await expect(stage.until(redlock.acquire("b", 10_000))).rejects.toBeInstanceOf(NotIndependentError);
  stage.node(0).model.promote("promoted-history");
  await expect(stage.until(redlock.tryAcquire("c", 10_000))).rejects.toThrow(/node 0: promoted 0 s ago/);
  await stage.pass(10_200);
  await stage.until(redlock.acquire("c", 10_000));
});
