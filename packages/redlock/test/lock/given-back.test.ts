/** A lock that was won reaches its caller, or is given back: whatever happens between the two. */
import { expect, test } from "vitest";
import { Redlock } from "@quorate/redlock";
import { memoryNodes } from "@quorate/testing";
import { errorOf } from "../support/error-of.ts";

const reason = new Error("changed my mind");

test.each(["in the event", "a microtask later", "two microtasks later"])(
  "an abort %s that tells of the lock leaves it to nobody",
  async (when) => {
    const fleet = memoryNodes(3);
    const redlock = new Redlock(fleet.connect());
    const other = new Redlock(fleet.connect());
    const controller = new AbortController();
    redlock.on("acquired", () => {
      const abort = (): void => controller.abort(reason);
      if (when === "in the event") abort();
      else if (when === "a microtask later") queueMicrotask(abort);
      else queueMicrotask(() => queueMicrotask(abort));
    });
    const outcome = await redlock
      .acquire("a", 10_000, { autoExtend: true, signal: controller.signal })
      .catch((error: unknown) => error);
    if (outcome === reason) {
      const next = await other.acquire("a", 10_000, { waitMs: 1_000 });
      await next.release();
    } else {
      expect(outcome).toMatchObject({ resources: ["a"] });
    }
    await Promise.all([redlock.close(), other.close()]);
  },
);

test("a routine's lock is given back when its signal cannot be made", async () => {
  const redlock = new Redlock(memoryNodes(3).connect());
  const { signal } = new AbortController();
  signal.addEventListener = () => {
    throw reason;
  };
  expect(await errorOf(redlock.using("a", 10_000, { signal }, () => {}))).toBe(reason);
  expect(await redlock.tryAcquire("a", 10_000)).not.toBeNull();
  await redlock.close();
});
