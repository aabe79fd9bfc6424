/** Under load, where a node may have its turn when all is over: "error" events still mean that a node voted against. */
import { expect, test } from "vitest";
import Redlock, { ResourceLockedError } from "@quorate/redlock/compat";
import { startStand } from "./stand.ts";

// A node that answers late on a busy machine is waited for: what is told here is told of votes.
const retry = { retryCount: -1, retryDelay: 2, retryJitter: 2, nodeTimeoutMs: 10_000 };

/** 64 callers over three nodes, each with some cycles; resolves with the errors that were told meanwhile. */
async function errorsOf(resourceOf: (caller: number) => string): Promise<Error[]> {
  await using stand = await startStand({ nodes: 3 });
  const redlock = new Redlock(stand.clients(), retry);
  await (await redlock.acquire(["warm-up"], 5_000)).release();
  const errors: Error[] = [];
  const votes: Promise<unknown>[] = [];
  redlock.on("error", (error: Error) => errors.push(error));
  const callers = Array.from({ length: 64 }, async (_, caller) => {
    for (let cycle = 0; cycle < 10; cycle++) {
      const lock = await redlock.acquire([resourceOf(caller)], 30_000);
      votes.push(...lock.attempts, ...(await lock.release()).attempts);
    }
  });
  await Promise.all(callers);
  await Promise.all(votes);
  // The clients are about to be ended.
  return [...errors];
}

test("callers who are in nobody's way cause no error", async () => {
  expect(await errorsOf((caller) => `own ${caller}`)).toEqual([]);
});

test("callers who are in each other's way cause refusals, and no other error", async () => {
  const errors = await errorsOf((caller) => `shared ${caller % 8}`);
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.filter((error) => !(error instanceof ResourceLockedError))).toEqual([]);
});

test("quit right behind a release waits until every node has it", async () => {
  for (let round = 0; round < 20; round++) {
    await using stand = await startStand({ nodes: 3 });
    const redlock = new Redlock(stand.clients(), retry);
    const locks = await Promise.all(Array.from({ length: 50 }, (_, index) => redlock.acquire([`${index}`], 30_000)));
    await Promise.all(locks.map((lock) => lock.release()));
    await redlock.quit();
    expect(await stand.fleet.lockKeys()).toEqual([]);
  }
});
