/** A process that stands still for a whole TTL, between any two of its looks at the clocks, can lock again afterwards. */
import { expect, test } from "vitest";
import { Redlock } from "@quorate/redlock";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { systemRuntime } from "../../src/runtime/system.ts";
import { answering, granted } from "../support/answering-node.ts";

const TTL_MS = 60_000;

/** Once `arm` was called, stands still for longer than the TTL at the look with that number; tells how many there were. */
class StandingStill {
  readonly runtime: Runtime;
  #stillAt = 0;
  #lookCount = 0;
  #stoodMs = 0;

  constructor() {
    this.runtime = Object.assign(Object.create(systemRuntime) as Runtime, { readClocks: () => this.#readClocks() });
  }

  arm(stillAt: number): void {
    this.#stillAt = stillAt;
    this.#lookCount = 0;
  }

  get wasReached(): boolean {
    return this.#stoodMs > 0;
  }

  #readClocks() {
    if (++this.#lookCount === this.#stillAt) this.#stoodMs = 2 * TTL_MS;
    const { monotonicMs, wallMs, bootMs } = systemRuntime.readClocks();
    const stoodMs = this.#stoodMs;
    return { monotonicMs: monotonicMs + stoodMs, wallMs: wallMs + stoodMs, bootMs: bootMs + stoodMs };
  }
}

test("an acquire that is lost as it is won keeps nobody of its process out", async () => {
  for (let stillAt = 1, wasReached = true; wasReached; stillAt++) {
    const standing = new StandingStill();
    await using redlock = new Redlock(
      answering(3, (_operation, index) => granted(index)),
      { nodeTimeoutMs: TTL_MS },
      standing.runtime,
    );
    await (await redlock.acquire("warm", TTL_MS)).release();
    standing.arm(stillAt);
    await redlock.tryAcquire("a", TTL_MS).then(
      (lock) => lock?.release(),
      () => undefined,
    );
    wasReached = standing.wasReached;
    standing.arm(0);
    await using again = await redlock.acquire("a", TTL_MS, { waitMs: 1_000 });
    expect(again.isHeld(), `stood still at look ${stillAt}`).toBe(true);
  }
});
