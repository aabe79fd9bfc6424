/** What a hand-over is worth: its claim must last until it is extended to the TTL, wherever the nodes are. */
import { expect, test } from "vitest";
import type { Lock } from "@quorate/redlock";
import { Stage } from "../../../testing/src/sim/stage.ts";

/** The lock of a waiter whose holder released it `waitedMs` after it began to wait. */
async function handedOver(stage: Stage, waitedMs: number, nodeTimeoutMs?: number): Promise<Lock> {
  const options = { restartGuardMs: 0, ...(nodeTimeoutMs && { nodeTimeoutMs }) };
  const { redlock: holder } = stage.process("holder", options);
  const { redlock: waiter } = stage.process("waiter", options);
  // Whom the nodes have not proved to be independent is not handed anything.
  const other = await stage.until(waiter.acquire("other", 10_000));
  await stage.until(other.release());
  const first = await stage.until(holder.acquire("a", 10_000));
  const second = waiter.acquire("a", 10_000, { waitMs: 60_000 });
  await stage.pass(waitedMs);
  void first.release();
  return stage.until(second);
}

test.each([1, 100, 200, 300, 450])(
  "with %d ms to each node a lock that was handed over is not lost",
  async (baseMs) => {
    for (let seed = 1; seed <= 12; seed++) {
      const stage = new Stage({ nodes: 3, seed, latency: { baseMs, jitterMs: 1 } });
      const lock = await handedOver(stage, 2_000 + seed * 83, Math.max(500, 3 * baseMs));
      await stage.pass(5_000);
      expect(lock.isHeld(), `seed ${seed}`).toBe(true);
    }
  },
);

test("an extension for less than the TTL leaves a lock that was handed over its TTL", async () => {
  const stage = new Stage({ nodes: 3 });
  const lock = await handedOver(stage, 2_000);
  await stage.until(lock.extend(100));
  await stage.pass(5_000);
  expect(lock.isHeld()).toBe(true);
});
