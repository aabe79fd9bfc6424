/** Bursts of tens of thousands in one turn are slowed, not lost: our own queue is no silent node. */
import { type Lock, Redlock } from "@quorate/redlock";
import { expect, test } from "vitest";
import { Stage } from "../../../testing/src/sim/stage.ts";
import { answering, granted } from "../support/answering-node.ts";
import { forTest } from "../support/connect-to.ts";

const COUNT = 22_000;

function keysLeft(stage: Stage): number {
  return stage.servers.reduce((sum, { model, clocks }) => {
    const wallMs = Math.floor(clocks.wallMs);
    const kept = Array.from({ length: COUNT }, (_, i) => model.keyspace.get(`job ${i}`, wallMs));
    return sum + kept.filter((key) => key !== undefined).length;
  }, 0);
}

test("all of a burst are acquired, and all are released by close()", async () => {
  const stage = new Stage({ nodes: 3 });
  const { redlock } = stage.process("p", { fencing: false });
  const warnings: unknown[] = [];
  redlock.on("warning", (warning) => warnings.push(warning));
  redlock.on("nodeDown", (event) => warnings.push(event));
  await stage.pass(50);
  const acquiring = Array.from({ length: COUNT }, (_, i) => redlock.acquire(`job ${i}`, 60_000, { waitMs: 0 }));
  const locks: Lock[] = await stage.until(Promise.all(acquiring));
  expect(locks.every((lock) => lock.isHeld())).toBe(true);
  await stage.until(redlock.close());
  await stage.pass(1000);
  expect(keysLeft(stage)).toBe(0);
  expect(warnings).toEqual([]);
}, 60_000);

test("twenty steps may listen to a lock's signal, and to a routine's", async () => {
  const told: Error[] = [];
  const onWarning = (warning: Error): void => void told.push(warning);
  process.on("warning", onWarning);
  await using redlock = forTest(new Redlock(answering(3, (_operation, index) => granted(index))));
  const listen = (signal: AbortSignal): void => {
    for (let step = 0; step < 20; step++) signal.addEventListener("abort", () => {});
  };
  listen((await redlock.acquire("a", 10_000)).signal);
  await redlock.using("b", 10_000, { signal: new AbortController().signal }, async (signal) => listen(signal));
  await new Promise(setImmediate);
  process.off("warning", onWarning);
  expect(told).toEqual([]);
});
