/** The process stands still right behind a call, before what it asks is written. */
import { startFleet, type Fleet } from "@quorate/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectTo, forTest } from "../support/connect-to.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
});
afterAll(() => fleet.stop());

function standStill(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

test.each([150, 400, 2_000])("for %i ms, beyond the node timeout: no node is to blame", async (forMs) => {
  await using redlock = forTest(connectTo(fleet.urls, { restartGuardMs: 0, nodeTimeoutMs: 100 }));
  await redlock.ready();
  const trial = redlock.tryAcquire(`still ${forMs}`, 10_000);
  standStill(forMs);
  const lock = await trial;
  const extended = lock!.extend(10_000);
  standStill(forMs);
  await extended;
  const released = lock!.release();
  standStill(forMs);
  expect(await released).toBe("released");
});
