/** Clocks that are days off make fencing tokens that no node takes: they must not spread. */
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";

const DAY_MS = 86_400_000;

test("a token far ahead that one node remembers for one resource keeps nobody from the others", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p");
  const { model, clocks } = stage.node(0);
  model.keyspace.set("{a}:fence", String(Math.floor((clocks.wallMs + 10 * DAY_MS) * 1000)), clocks.wallMs + DAY_MS);
  for (const resource of ["a", "b", "a", "c"]) {
    const lock = await stage.until(redlock.acquire(resource, 10_000));
    await stage.pass(50);
    await stage.until(lock.release());
  }
  expect(await stage.until(redlock.tryAcquire("d", 1000))).not.toBeNull();
});

test("a process whose clock was days ahead can lock again once the clock is right", async () => {
  const stage = new Stage({ nodes: 3 });
  const { process, redlock } = stage.process("p", { waitMs: 100 }, 10 * DAY_MS);
  await expect(stage.until(redlock.acquire("a", 1000))).rejects.toThrow(/AHEAD/);
  process.clocks.stepWall(-10 * DAY_MS);
  expect((await stage.until(redlock.acquire("a", 1000))).isHeld()).toBe(true);
});

test("a process whose clock is days behind passes the tokens of the others", async () => {
  const stage = new Stage({ nodes: 3 });
  const [right, behind] = [stage.process("right"), stage.process("behind", {}, -10 * DAY_MS)];
  const first = await stage.until(right.redlock.acquire("a", 1000));
  await stage.until(first.release());
  const second = await stage.until(behind.redlock.acquire("a", 1000));
  expect(second.fencingToken).toBeGreaterThan(first.fencingToken!);
});
