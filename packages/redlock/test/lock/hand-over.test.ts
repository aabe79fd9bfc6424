/** A lock that is given away: what the giver, its nested handles and its logger still can do, which is nothing. */
import { inspect } from "node:util";
import { type Lock, LockHandedOverError, LockLostError, Redlock } from "@quorate/redlock";
import type { Operation } from "@quorate/redlock/node";
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";
import { answering, granted } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";

const sender = (stage: Stage, name: string): string[] => {
  const sent: string[] = [];
  stage.network.addRule(({ operation, direction, peer }) => {
    if (direction === "request" && peer === name && operation !== undefined) sent.push(operation);
    return { kind: "pass" };
  });
  return sent;
};

test("the giver's handle is over at the call: when the receiver has released, the next holder is alone", async () => {
  const stage = new Stage({ nodes: 3 });
  const [giver, taker, other] = ["giver", "taker", "other"].map((name) => stage.process(name).redlock);
  const lock = await stage.until(giver!.acquire("a", 10_000, { autoExtend: true }));
  const { signal } = lock;
  const handed = lock.handOver();
  expect([lock.isHeld(), lock.remainingMs(), signal.aborted]).toEqual([false, 0, true]);
  expect(signal.reason).toBeInstanceOf(LockHandedOverError);
  expect(signal.reason).toMatchObject({ code: "HANDED_OVER", resources: ["a"] });
  const adopted = await stage.until(taker!.adopt(JSON.parse(JSON.stringify(handed))));
  expect(adopted.fencingToken).toBe(lock.fencingToken);
  await stage.until(adopted.release());
  const next = await stage.until(other!.acquire("a", 10_000));
  expect([lock.isHeld(), adopted.isHeld(), next.isHeld()]).toEqual([false, false, true]);
});

test.each(["release", "scope end", "close", "loss by the clock"])(
  "after a hand-over nothing is sent by %s",
  async (end) => {
    const stage = new Stage({ nodes: 3 });
    const [giver, taker] = ["giver", "taker"].map((name) => stage.process(name).redlock);
    const adopt = (lock: Lock): Promise<Lock> => stage.until(taker!.adopt(lock.handOver()));
    const lock = await stage.until(giver!.acquire("a", 1000, { autoExtend: true }));
    const sent = sender(stage, "giver");
    const adopted = await adopt(lock);
    if (end === "release") expect(await stage.until(lock.release())).toBe("handed-over");
    else if (end === "scope end") await stage.until(lock[Symbol.asyncDispose]());
    else if (end === "close") await stage.until(giver!.close());
    await stage.pass(5000);
    if (end === "loss by the clock") await stage.until(lock.release());
    await stage.pass(100);
    expect(sent).toEqual([]);
    expect(adopted.isHeld()).toBe(true);
    expect(new Set(stage.keysOf("a").values())).toEqual(new Set([adopted.token]));
  },
);

test("a routine of using that hands its lock over keeps its own result, and its signal aborts", async () => {
  const stage = new Stage({ nodes: 3 });
  const [giver, taker] = ["giver", "taker"].map((name) => stage.process(name).redlock);
  const adopting = giver!.using("a", 10_000, async (signal, lock) => {
    const adopted = await taker!.adopt(lock.handOver());
    expect(signal.reason).toBeInstanceOf(LockHandedOverError);
    return adopted;
  });
  const adopted = await stage.until(adopting);
  await stage.pass(1000);
  expect(adopted.isHeld()).toBe(true);
  expect(stage.keysOf("a").size).toBe(3);
});

test("nested handles end with the handle that is handed over, whichever it is", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("giver", { reentrant: true });
  const sent = sender(stage, "giver");
  await stage.until(
    redlock.using("a", 10_000, async (signal, outer) => {
      const [first, second] = [await redlock.acquire("a", 10_000), await redlock.acquire("a", 10_000)];
      await second.release();
      expect(() => second.handOver()).toThrow(LockLostError);
      expect(outer.isHeld()).toBe(true);
      first.handOver();
      expect([outer.isHeld(), signal.aborted]).toEqual([false, true]);
      expect(await outer.release()).toBe("handed-over");
      expect(await first.release()).toBe("handed-over");
    }),
  );
  await stage.pass(100);
  expect(sent).not.toContain("release");
  expect(stage.keysOf("a").size).toBe(3);
});

test("a lock that is lost, released or handed over cannot be handed over", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  const [lost, released, given] = [
    await stage.until(redlock.acquire("a", 1000)),
    await stage.until(redlock.acquire("b", 10_000)),
    await stage.until(redlock.acquire("c", 10_000)),
  ];
  await stage.until(released.release());
  given.handOver();
  await stage.pass(2000);
  expect(() => lost.handOver()).toThrow(/^The lock on "a" was lost: /);
  expect(() => released.handOver()).toThrow(/^This handle of the lock on "b" was released/);
  expect(() => given.handOver()).toThrow(LockHandedOverError);
  await expect(given.extend()).rejects.toThrow(LockHandedOverError);
});

test("an extend that is under way when the lock is handed over may arrive, but no heal follows it", async () => {
  const stage = new Stage({ nodes: 3, latency: { baseMs: 5, jitterMs: 0 } });
  const [giver, taker] = ["giver", "taker"].map((name) => stage.process(name).redlock);
  const lock = await stage.until(giver!.acquire("a", 10_000));
  await stage.pass(50);
  stage.node(0).flushAll();
  const sent = sender(stage, "giver");
  const extending = lock.extend(20_000).catch((error: unknown) => error);
  await stage.pass(1);
  const handed = lock.handOver();
  expect(await stage.until(extending)).toBeInstanceOf(LockHandedOverError);
  const adopted = await stage.until(taker!.adopt(handed, { autoExtend: false }));
  await stage.pass(1000);
  expect(new Set(sent)).toEqual(new Set(["extend"]));
  expect([...stage.keysOf("a").keys()]).toEqual([1, 2]);
  await stage.until(adopted.release());
  await stage.pass(100);
  expect(stage.keysOf("a").size).toBe(0);
});

test("what a log shows of a lock changes nothing, and has no token in it", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  const lock = await stage.until(redlock.acquire(["a", "b"], 1000, { autoExtend: true }));
  const [line, printed] = [JSON.stringify({ msg: "working", lock }), inspect({ lock })];
  for (const text of [line, printed]) {
    expect(text).not.toContain(lock.token);
    expect(text).toContain(String(lock.fencingToken));
  }
  const { lock: shown } = JSON.parse(line) as { lock: { remainingMs: number } };
  expect(shown).toEqual({
    resources: ["a", "b"],
    state: "held",
    fencingToken: lock.fencingToken,
    remainingMs: Math.floor(lock.remainingMs()),
  });
  expect(printed).toMatch(/lock: Lock \{[^]*resources: \[ 'a', 'b' \][^]*state: 'held'/);
  await stage.pass(5000);
  expect(lock.isHeld()).toBe(true);
  await stage.until(lock.release());
  expect(lock.toJSON()).toMatchObject({ state: "released", remainingMs: 0 });
});

test("the log tells how a lock ended", async () => {
  const nodes = answering(3, (_operation: Operation, index) => granted(index));
  await using redlock = forTest(new Redlock(nodes, { fencing: false }));
  const lock = await redlock.acquire("a", 10_000);
  expect(lock.toJSON()).toMatchObject({ state: "held", fencingToken: null });
  lock.handOver();
  expect(lock.toJSON()).toMatchObject({ state: "handed-over", remainingMs: 0 });
});
