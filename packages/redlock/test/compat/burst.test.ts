/** Many calls in one turn are slowed, not refused: a healthy node is never told of as busy or away. */
import { memoryNodes } from "@quorate/testing";
import { expect, test } from "vitest";
import { Redlock } from "@quorate/redlock/compat";

/** More than a node's queue takes. */
const count = 10_500;

test(`${count} acquires in one turn all succeed, and so do their releases, with quit right behind them`, async () => {
  const fleet = memoryNodes(1);
  const redlock = new Redlock(fleet.connect(), { retryCount: 0, nodeTimeoutMs: 20_000 });
  const errors: Error[] = [];
  redlock.on("error", (error: Error) => errors.push(error));
  await (await redlock.acquire(["connected"], 5_000)).release();
  const locks = await Promise.all(Array.from({ length: count }, (_, at) => redlock.acquire([`r${at}`], 600_000)));
  expect(fleet.node(0).lockKeys()).toHaveLength(count);
  const releases = Promise.all(locks.map((lock) => lock.release()));
  await redlock.quit();
  await releases;
  expect(fleet.node(0).lockKeys()).toEqual([]);
  expect(errors).toEqual([]);
});
