import process from "node:process";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { connectTo } from "../support/connect-to.ts";
import { occupy } from "../support/on-nodes.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

test("a refusal tells who holds, which nodes refused and for how long at most; contention is no error", async () => {
  await using redlock = connectTo(fleet.urls);
  await occupy(fleet, [0, 1], "taken", 20_000);
  const refused: unknown[] = [];
  const errors: unknown[] = [];
  redlock.on("roundFailed", (event) => refused.push(event));
  (redlock as NodeJS.EventEmitter).on("error", (error) => errors.push(error));
  expect(await redlock.tryAcquire("taken", 10_000)).toBeNull();
  expect(refused).toEqual([
    {
      resources: ["taken"],
      reason: "held",
      refusedBy: [0, 1].map((node) => `127.0.0.1:${fleet.node(node).port}`),
      remainingMs: expect.any(Number),
      holder: "somebody",
      waitersAhead: undefined,
      roundCount: 1,
    },
  ]);
  expect(errors).toEqual([]);
});

test("acquired, extended and released tell how long it took, how long it is good for, how long it was held", async () => {
  await using redlock = connectTo(fleet.urls);
  const told: [string, unknown][] = [];
  redlock.on("acquired", (event) => told.push(["acquired", event]));
  redlock.on("extended", (event) => told.push(["extended", event]));
  redlock.on("released", (event) => told.push(["released", event]));
  const lock = await redlock.acquire("told", 10_000);
  await lock.extend(20_000);
  await lock.release();
  const { fencingToken } = lock;
  const resources = ["told"];
  expect(told).toEqual([
    ["acquired", { resources, fencingToken, elapsedMs: expect.any(Number), roundCount: 1 }],
    ["extended", { resources, validForMs: expect.closeTo(19_800, -3) }],
    ["released", { resources, fencingToken, heldMs: expect.any(Number) }],
  ]);
});

test("a listener that throws is a process warning, and changes nothing", async () => {
  await using redlock = connectTo(fleet.urls);
  const warned = new Promise<Error>((resolve) => {
    process.once("warning", resolve);
    onTestFinished(() => void process.off("warning", resolve));
  });
  redlock.on("acquired", () => {
    throw new Error("a bug of the listener");
  });
  await using lock = await redlock.acquire("thrown", 10_000);
  expect(lock.isHeld()).toBe(true);
  expect(await warned).toMatchObject({
    code: "REDLOCK_LISTENER",
    message: expect.stringContaining("a bug of the listener"),
  });
});
