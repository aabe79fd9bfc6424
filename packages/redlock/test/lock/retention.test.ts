/** Fencing tokens rise also where a round takes longer than the nodes remember. */
import { Redlock } from "@quorate/redlock";
import { expect, test } from "vitest";
import { systemRuntime } from "../../src/runtime/system.ts";
import { answering, granted } from "../support/answering-node.ts";
import { errorOf } from "../support/error-of.ts";

/** Of a process that stands still for `tookMs` with the replies of its round lying there. */
function pausedFor(tookMs: number, fencing: boolean): Redlock {
  let pausedMs = 0;
  const nodes = answering(3, ({ kind }, index) => {
    if (kind === "acquire") pausedMs = tookMs;
    return granted(index);
  });
  const runtime = {
    ...systemRuntime,
    readClocks: () => {
      const { monotonicMs, wallMs, bootMs } = systemRuntime.readClocks();
      return { monotonicMs: monotonicMs + pausedMs, wallMs: wallMs + pausedMs, bootMs: bootMs + pausedMs };
    },
  };
  return new Redlock(nodes, { fenceRetentionMs: 500, nodeTimeoutMs: 400, waitMs: 0, fencing }, runtime);
}

test("a round in which the nodes could forget a higher token is not won", async () => {
  const redlock = pausedFor(600, true);
  const error = await errorOf(redlock.acquire("a", 60_000));
  expect(error).toMatchObject({ code: "TOO_LATE" });
  expect(error.message).toContain("longer than fenceRetentionMs");
  await redlock.close();
});

test.each([
  [300, true],
  [600, false],
])("one of %i ms, with fencing %s, is won: there is nothing to forget", async (tookMs, fencing) => {
  const redlock = pausedFor(tookMs, fencing);
  expect((await redlock.acquire("a", 60_000)).isHeld()).toBe(true);
  await redlock.close();
});
